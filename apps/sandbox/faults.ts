import { uuid } from '@libs/kernel/ids.js';
import { type Rule, flaws, integer, oneOf, optional, real } from './schema.js';
import { type Fault, type World, faultTable } from './world.js';

/** On the wire, before anything is done. */
export const before = ['timeout_before', 'http_500_before', 'http_429', 'http_401'] as const;
/** On the wire, after the act: it stands, whatever the caller gets to read. */
export const after = ['timeout_after', 'reset_after', 'slow', 'http_500_after', 'garbled', 'truncated'] as const;
/** Of the answer to a question. */
export const finds = ['find_refused', 'find_404_then_found'] as const;
const calls = [
  'duplicate_callback',
  'late_callback',
  'no_callback',
  'reordered_callbacks',
  'forged_callback',
  'same_callback_twice_different_state',
] as const;
/** Of the world itself. `refund_fails` is a refund that is never done, beside the one that is done and comes back. */
const worldly = [
  'wrong_amount',
  'duplicate_key_first_send',
  'second_payment',
  'refund_fails',
  'refund_fails_after_success',
  'chargeback',
] as const;
/** Of some providers' worlds only. */
const peculiar = ['returned_in_parts', 'portal_void', 'wrong_store_404'] as const;

/** Every kind that a provider of any method plays: what tests call whole. */
export const kinds = ['refuse', ...before, ...after, ...finds, ...calls, ...worldly] as const;
export type Kind = (typeof kinds)[number] | (typeof peculiar)[number];
const everyKind: readonly Kind[] = [...kinds, ...peculiar];
/** These befall one thing once, unless `times` says otherwise: a charge that is never found is not "then found". */
const oncePerSubject: readonly string[] = ['find_404_then_found', 'duplicate_key_first_send'];

/** What a provider says of the faults that may befall it. */
export interface Prone {
  readonly id: string;
  readonly operations: readonly string[];
  readonly aside: readonly string[];
  readonly kinds: readonly Kind[];
}
/** The faults of one provider, as its acts meet them. */
export interface Bound {
  /** The first armed fault of these kinds that strikes here, counted; `subject` names the thing it would befall. */
  readonly take: (operation: string | readonly string[], among: readonly Kind[], subject?: string) => Fault | undefined;
  /** Whether a new connection is to be turned away. It is known before any operation is, so it goes by the provider. */
  readonly refuses: () => boolean;
}

const shared: Readonly<Record<string, Rule>> = {
  times: optional(integer(1, 1_000_000)),
  rate: optional(real(0, 1)),
  seed: optional(integer(0, Number.MAX_SAFE_INTEGER)),
  delayMs: optional(integer(0, 600_000)),
};

/** The n-th number of a seeded row in [0, 1): mulberry32, whose state is a sum, so that it can be entered anywhere. */
function drawn(seed: number, n: number): number {
  let t = Math.imul((seed + Math.imul(n + 1, 0x6d2b79f5)) | 0, 1);
  t = Math.imul(t ^ (t >>> 15), t | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
}

/** What goes wrong in the world, by order of whoever tests. What is armed, and its counts, are journaled too. */
export class Faults {
  constructor(
    private readonly world: World,
    private readonly prone: readonly Prone[],
  ) {}

  of(provider: string): Bound {
    return {
      take: (operation, among, subject = '') => {
        const names = typeof operation === 'string' ? [operation] : operation;
        return this.armed(provider).find((fault) => this.fits(fault, names, among) && this.strikes(fault, subject));
      },
      refuses: () => this.armed(provider).some((fault) => fault.kind === 'refuse' && this.strikes(fault, '')),
    };
  }

  /** Adds one. Answers the fault, or the reasons why there is no such fault. */
  arm(body: unknown): Fault | readonly string[] {
    const named = (body as { readonly provider?: unknown } | null)?.provider;
    const whose = this.prone.find(({ id }) => id === named);
    const wrong = flaws(body, {
      provider: oneOf(this.prone.map(({ id }) => id)),
      operation: oneOf([...(whose?.operations ?? []), '*']),
      kind: oneOf(whose?.kinds ?? everyKind),
      ...shared,
    });
    if (wrong.length > 0) return wrong.map((flaw) => `${flaw.caminho}: ${flaw.mensagem}`);
    const asked = body as Omit<Fault, 'id' | 'used' | 'draws' | 'seen'> & { readonly seed?: number };
    const fault: Fault = { ...asked, id: uuid(), seed: asked.seed ?? 1, used: 0, draws: 0, seen: [] };
    this.world.commit(faultTable.put(fault.id, fault));
    return fault;
  }

  list(): readonly Fault[] {
    return [...this.world.of(faultTable).values()];
  }

  /** Those of this kind that are armed for a provider. */
  armed(provider: string, kind?: Kind): readonly Fault[] {
    return this.list().filter((fault) => fault.provider === provider && (kind ?? fault.kind) === fault.kind);
  }

  disarm(which: readonly Fault[] = this.list()): number {
    if (which.length > 0) this.world.commit(...which.map((fault) => faultTable.drop(fault.id)));
    return which.length;
  }

  private fits(fault: Fault, names: readonly string[], among: readonly Kind[]): boolean {
    if (!among.some((kind) => kind === fault.kind)) return false;
    const aside = this.prone.find(({ id }) => id === fault.provider)?.aside ?? [];
    return names.includes(fault.operation) || (fault.operation === '*' && names.every((it) => !aside.includes(it)));
  }

  private strikes(fault: Fault, subject: string): boolean {
    const once = fault.times === undefined && oncePerSubject.includes(fault.kind);
    if (once && fault.seen.includes(subject)) return false;
    const hit = fault.rate === undefined || drawn(fault.seed, fault.draws) < fault.rate;
    const used = fault.used + (hit ? 1 : 0);
    if (hit && used === fault.times) this.world.commit(faultTable.drop(fault.id));
    else if (once || fault.times !== undefined || fault.rate !== undefined) {
      const seen = once && hit ? [...fault.seen, subject] : fault.seen;
      this.world.commit(faultTable.put(fault.id, { ...fault, used, draws: fault.draws + 1, seen }));
    }
    return hit;
  }
}
