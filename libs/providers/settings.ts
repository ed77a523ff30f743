export interface ProviderSettings {
  /** Where `environment: simulator` leads; without it such a credential sends nothing. */
  readonly sandboxUrl?: string;
  /** Path of a PEM file: the authority that signed the simulator's certificates. */
  readonly sandboxCa?: string;
  /** Windows of proofs that differ from evidence.md, by `<PROVIDER>_<CAPABILITY>_<ACT>`, in milliseconds. */
  readonly proofMs?: Readonly<Record<string, number>>;
}

let settings: ProviderSettings = {};

/** Called once at boot from the configuration: no adapter reads the environment. */
export function configureProviders(to: ProviderSettings): void {
  settings = to;
}

export const providerSettings = (): ProviderSettings => settings;

/** The configured window of a proof, else evidence.md's. */
export const proofMs = (name: string, ms: number): number => settings.proofMs?.[name] ?? ms;
