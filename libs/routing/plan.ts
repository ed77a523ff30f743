import type { Mode } from '@libs/kernel/caller.js';
import type { Cents, Currency } from '@libs/money/cents.js';
import type { Acts, Operation } from '@libs/providers/contract/acts.js';
import type { Provider, ProviderId } from '@libs/providers/contract/provider.js';
import type { Environment } from './credential.entity.js';
import type { Lane } from './lane.entity.js';
import { holds } from './rules.js';

/** A wish that one provider call, or several in a row, will try to fulfil. */
export interface Instruction<I = unknown> {
  readonly merchantId: string;
  readonly mode: Mode;
  readonly operation: Operation;
  readonly amount: Cents;
  readonly currency: Currency;
  readonly owner: { readonly kind: string; readonly id: string }; // the id is made before any transaction
  readonly input: I;
  readonly wish?: string; // the merchant's own key, on the first lane only
}

export type Reason =
  'priority' | 'rule' | 'weight' | 'approval' | 'cost' | 'breaker' | 'condition' | 'capability' | 'credentials';
export interface Candidate {
  readonly lane: string;
  readonly provider: ProviderId;
  readonly outcome: 'chosen' | 'fallback' | 'skipped';
  readonly reason: Reason;
  readonly figures?: Readonly<Record<string, number>>; // only under /admin
}
export interface Decision {
  readonly rulesVersion: number;
  readonly candidates: readonly Candidate[];
}
/** A lane as the plan sees it: the row, and whether its credential is in use and takes the currency. */
export interface LaneFact extends Readonly<Lane> {
  readonly usable: boolean;
  readonly takes: Currency;
  readonly environment: Environment;
}
export interface Facts {
  readonly lanes: readonly LaneFact[];
  readonly providers: readonly Provider[];
  readonly tripped: ReadonlyMap<string, Date>; // credential → when its breaker half-opens
  readonly at: Date;
}
export type Plan = { readonly decision: Decision } & (
  { readonly lanes: readonly [LaneFact, ...LaneFact[]] } | { readonly refused: 'no_lane' | 'no_capability' }
);

/** Whether a provider has the capability of an operation and does not lack its act. */
export function canDo(provider: Provider | undefined, operation: Operation): boolean {
  const [capability, act] = operation.split('.') as [keyof Acts, string];
  const offered = provider?.[capability];
  return offered !== undefined && !(offered.lacks as readonly string[] | undefined)?.includes(act);
}

/** Why a lane cannot serve this instruction; undefined: it can. */
function unfit(instruction: Instruction, lane: LaneFact, facts: Facts): Reason | undefined {
  const provider = facts.providers.find((it) => it.id === lane.provider);
  if (!canDo(provider, instruction.operation)) return 'capability';
  if (provider?.unfit?.(instruction.operation, instruction.input) !== undefined) return 'capability';
  if (!holds(lane.conditions, instruction, facts.at)) return 'condition';
  if (!lane.usable || lane.takes !== instruction.currency) return 'credentials';
  return undefined;
}

/** Pure: the same facts give the same plan. A test needs no mocks, and one log line explains a choice. */
export function plan(instruction: Instruction, facts: Facts): Plan {
  const { operation } = instruction;
  const considered = facts.lanes
    .filter((lane) => lane.operation === operation)
    .map((lane) => ({
      lane,
      skipped: unfit(instruction, lane, facts),
      opens: facts.tripped.get(lane.credentialId),
    }));
  const fit = considered
    .filter((it) => it.skipped === undefined)
    .sort((a, b) => rank(a) - rank(b) || a.lane.priority - b.lane.priority || (a.lane.id < b.lane.id ? -1 : 1));
  const skipped = considered.filter((it) => it.skipped !== undefined);
  const candidates = [
    ...fit.map(({ lane, opens }, i): Candidate => ({
      lane: lane.id,
      provider: lane.provider,
      outcome: i === 0 ? 'chosen' : 'fallback',
      reason: opens ? 'breaker' : 'priority',
    })),
    ...skipped.map(({ lane, skipped: reason }): Candidate => ({
      lane: lane.id,
      provider: lane.provider,
      outcome: 'skipped',
      reason: reason!,
    })),
  ];
  const decision: Decision = { rulesVersion: 0, candidates };
  const [first, ...rest] = fit.map((it) => it.lane);
  if (first) return { decision, lanes: [first, ...rest] };
  return { decision, refused: considered.length === 0 ? 'no_lane' : 'no_capability' };
}

/** Closed breakers first, then unproven lanes, then open breakers by the moment they half-open. */
function rank({ lane, opens }: { readonly lane: LaneFact; readonly opens?: Date }): number {
  return opens ? opens.getTime() : lane.unproven ? 1 : 0;
}
