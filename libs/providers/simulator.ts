import { readFile } from 'node:fs/promises';
import { type Unsent, send } from './http.js';
import { type ProviderSettings, providerSettings } from './settings.js';

/** Where a provider is played, and the authority behind its certificate. */
export interface Place {
  readonly kind: 'at';
  readonly origin: string;
  readonly ca?: string; // PEM
}

const places = new Map<string, { readonly of: ProviderSettings; readonly place: Place }>();

/** The simulator's listener for a provider, asked of the sandbox once; `unsent` when there is none. */
export async function simulator(provider: string, leftMs: () => number): Promise<Place | Unsent> {
  const settings = providerSettings();
  const known = places.get(provider);
  if (known?.of === settings) return known.place;
  const { sandboxUrl, sandboxCa } = settings;
  if (sandboxUrl === undefined) return { kind: 'unsent', why: 'credentials', message: 'there is no simulator here' };
  const url = `${sandboxUrl.replace(/\/$/, '')}/_sim/listeners`;
  const answer = await send({ method: 'GET', url, leftMs, aside: true });
  if (answer.kind === 'unsent') return answer;
  const origin = answer.kind === 'answered' ? originIn(answer.json, provider) : undefined;
  if (origin === undefined) return { kind: 'unsent', why: 'refused', message: 'the simulator names no such listener' };
  try {
    const ca = sandboxCa === undefined ? undefined : await readFile(sandboxCa, 'utf8');
    const place: Place = { kind: 'at', origin, ca };
    places.set(provider, { of: settings, place });
    return place;
  } catch (error) {
    return { kind: 'unsent', why: 'credentials', message: `SANDBOX_CA cannot be read: ${String(error)}` };
  }
}

/** A listener that refuses may have moved: the next call asks again. */
export const forgetSimulator = (provider: string): boolean => places.delete(provider);

function originIn(json: unknown, provider: string): string | undefined {
  const origin = typeof json === 'object' && json !== null ? (json as Record<string, unknown>)[provider] : undefined;
  return typeof origin === 'string' && URL.canParse(origin) ? new URL(origin).origin : undefined;
}
