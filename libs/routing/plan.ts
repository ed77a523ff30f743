import type { Mode } from '@libs/kernel/caller.js';
import { type Cents, type Currency, toJson } from '@libs/money/cents.js';
import { type Fee, fee, feeFrom, type FeeRow } from '@libs/money/fee.js';
import type { Acts, Operation } from '@libs/providers/contract/acts.js';
import type { Provider, ProviderId } from '@libs/providers/contract/provider.js';
import { nothingYet, type Recent, smoothed } from './approval.js';
import type { Environment } from './credential.entity.js';
import type { Lane } from './lane.entity.js';
import { bare, type Figures, rank, type Reason, type Standing } from './ranking.js';
import { type Circumstances, holds, likeOf, noRules, ruleFor, type Ruleset, type Traits } from './rules.js';

/** A wish that one provider call, or several in a row, will try to fulfil. */
export interface Instruction<I = unknown> {
  readonly merchantId: string;
  readonly mode: Mode;
  readonly operation: Operation;
  readonly amount: Cents;
  readonly currency: Currency;
  readonly owner: { readonly kind: string; readonly id: string }; // the id is made before any transaction
  readonly input: I;
  /** What a choice may look at; else it is read from the input. */
  readonly traits?: Traits;
  readonly wish?: string; // the merchant's own key, on the first lane only
  /** What its provider must have beside the operation. */
  readonly needs?: 'pixKey';
}

export interface Candidate {
  readonly lane: string;
  readonly provider: ProviderId;
  readonly outcome: 'chosen' | 'fallback' | 'skipped';
  readonly reason: Reason;
  readonly figures?: Readonly<Record<string, number>>; // only under /admin
}
/** What a choice was made by, beside what its attempt says: with the figures enough to make it again. */
export interface Seen extends Traits {
  readonly at: string; // ISO 8601
  /** The circumstances' name: see `likeOf`. */
  readonly like: string;
}
export interface Decision {
  readonly rulesVersion: number;
  readonly candidates: readonly Candidate[];
  /** Absent where there was nothing to choose: a follow-up. */
  readonly seen?: Seen;
}
/** A lane as the plan sees it: the row, and whether its credential is in use and takes the currency. */
export interface LaneFact extends Readonly<Lane> {
  readonly usable: boolean;
  readonly takes: Currency;
  readonly environment: Environment;
  /** What of its credential is no secret and decides what it can do. */
  readonly settings?: object;
}
export interface Facts {
  readonly lanes: readonly LaneFact[];
  readonly providers: readonly Provider[];
  readonly tripped: ReadonlyMap<string, Date>; // credential → when its breaker half-opens
  readonly rules?: Ruleset;
  readonly approvals?: ReadonlyMap<string, Recent>; // credential → what became of its last attempts
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

/** As much of any domain's input as a choice may look at. Nothing else of it is read. */
interface Shown {
  readonly type?: unknown;
  readonly installments?: unknown;
  readonly card?: { readonly brand?: unknown; readonly bin?: unknown } | null;
  readonly payer?: { readonly address?: { readonly country?: unknown } | null } | null;
}
const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

function traitsOf(input: unknown): Traits {
  const { type, installments, card, payer } = (input ?? {}) as Shown;
  return {
    type: type === 'credit' || type === 'debit' ? type : undefined,
    brand: text(card?.brand),
    bin: text(card?.bin),
    installments: typeof installments === 'number' ? installments : undefined,
    country: text(payer?.address?.country),
  };
}

/** What a rule and a lane's conditions are held against. A BIN has eight digits at most: a number never passes. */
export function circumstancesOf(
  instruction: Pick<Instruction, 'operation' | 'amount' | 'currency'>,
  traits: Traits,
): Circumstances {
  const { operation, amount, currency } = instruction;
  const { type, brand, bin, installments, country } = traits;
  const method = operation.slice(0, operation.indexOf('.'));
  return {
    method,
    amount,
    currency,
    type,
    brand: brand?.toLowerCase(),
    bin: bin?.slice(0, 8),
    installments,
    country: country?.toUpperCase(),
  };
}

/** Why a lane cannot serve this instruction; undefined: it can. */
function unfit(instruction: Instruction, lane: LaneFact, it: Circumstances, facts: Facts): Reason | undefined {
  const provider = facts.providers.find(({ id }) => id === lane.provider);
  if (!canDo(provider, instruction.operation)) return 'capability';
  if (instruction.needs && !provider?.[instruction.needs]) return 'capability';
  if (provider?.unfit?.(instruction.operation, instruction.input, lane.settings) !== undefined) return 'capability';
  if (!holds(lane.conditions, it, facts.at)) return 'condition';
  if (!lane.usable || lane.takes !== instruction.currency) return 'credentials';
  return undefined;
}

/** Fees as numbers are counted with, made once for each lane that a cache holds. */
const fees = new WeakMap<FeeRow, Fee>();
function charged(row: FeeRow, { amount, installments }: Circumstances): number {
  let by = fees.get(row);
  if (!by) fees.set(row, (by = feeFrom(row)));
  return toJson(fee(amount, by, installments));
}

function figuresOf(lane: LaneFact, it: Circumstances, like: string, facts: Facts): Figures {
  const recent = smoothed(facts.approvals?.get(lane.credentialId) ?? nothingYet, like);
  const opensAt = facts.tripped.get(lane.credentialId)?.getTime();
  return {
    priority: lane.priority,
    cost: charged(lane.cost, it),
    price: charged(lane.price, it),
    attempts: recent.attempts,
    approval: recent.rate,
    ...(typeof lane.weight === 'number' ? { weight: lane.weight } : {}),
    ...(lane.unproven ? { unproven: 1 } : {}),
    ...(opensAt === undefined ? {} : { opensAt }),
  };
}

/** Pure: the same facts give the same plan. A test needs no mocks, and one log line explains a choice. */
export function plan(instruction: Instruction, facts: Facts): Plan {
  const { rules = noRules, at } = facts;
  const it = circumstancesOf(instruction, instruction.traits ?? traitsOf(instruction.input));
  const like = likeOf(it);
  const lanes = new Map<string, LaneFact>();
  const fit: Standing[] = [];
  const skipped: Candidate[] = [];
  for (const lane of facts.lanes) {
    if (lane.operation !== instruction.operation) continue;
    const { id, provider } = lane;
    const reason = unfit(instruction, lane, it, facts);
    lanes.set(id, lane);
    if (reason === undefined) fit.push({ lane: id, provider, figures: figuresOf(lane, it, like, facts) });
    else skipped.push({ lane: id, provider, outcome: 'skipped', reason });
  }
  const { type, brand, bin, installments, country } = it;
  const seen = { at: at.toISOString(), like, type, brand, bin, installments, country };
  const served = serving(fit, rules, it, at, instruction.owner.id);
  const decision: Decision = { rulesVersion: rules.version, candidates: [...served, ...skipped], seen };
  const [first, ...rest] = served.map(({ lane }) => lanes.get(lane)!);
  if (first) return { decision, lanes: [first, ...rest] };
  return { decision, refused: lanes.size === 0 ? 'no_lane' : 'no_capability' };
}

function serving(fit: readonly Standing[], { rules }: Ruleset, it: Circumstances, at: Date, seed: string): Candidate[] {
  return rank(fit, ruleFor(rules, it, at), seed).map(({ lane, provider, reason, figures }, i) => ({
    lane,
    provider,
    outcome: i === 0 ? 'chosen' : 'fallback',
    reason,
    figures,
  }));
}

/** What an attempt keeps of the instruction that its decision was made for. */
export interface Past extends Pick<Instruction, 'operation' | 'amount' | 'currency'> {
  readonly ownerId: string;
  readonly decision: Decision;
}

/**
 * The decision that other rules would have made of the same facts; under its own rules it is the decision itself.
 * Undefined where there was nothing to choose.
 */
export function replanned(past: Past, rules: Ruleset): Decision | undefined {
  const { seen, candidates } = past.decision;
  if (!seen) return undefined;
  const fit: Standing[] = [];
  const skipped: Candidate[] = [];
  for (const candidate of candidates) {
    const { lane, provider, outcome, figures } = candidate;
    if (outcome === 'skipped') skipped.push(candidate);
    else fit.push({ lane, provider, figures: bare(figures ?? {}) });
  }
  const served = serving(fit, rules, circumstancesOf(past, seen), new Date(seen.at), past.ownerId);
  return { rulesVersion: rules.version, candidates: [...served, ...skipped], seen };
}
