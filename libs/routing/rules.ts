import { type Cents, type Currency, toJson } from '@libs/money/cents.js';
import type { Conditions } from './lane.entity.js';

/** What only some methods have. A card is its brand and its first digits: a plan never sees the number. */
export interface Traits {
  readonly type?: 'credit' | 'debit';
  readonly brand?: string; // small letters
  readonly bin?: string; // the first six or eight digits
  readonly installments?: number;
  readonly country?: string; // the payer's, two capitals
}
/** Everything that a choice may depend on beside the moment. */
export interface Circumstances extends Traits {
  readonly method: string; // the capability: pix, cards
  readonly amount: Cents;
  readonly currency: Currency;
}

export const strategies = ['priority', 'cost', 'approval', 'balanced'] as const;
export type Strategy = (typeof strategies)[number];

/** One of `prefer`, `split` and `strategy`, for what `when` says; no `when`: for everything. */
export interface Rule {
  readonly when?: Conditions;
  /** Providers, the first one first; the others come after them. */
  readonly prefer?: readonly string[];
  /** Provider → weight. */
  readonly split?: Readonly<Record<string, number>>;
  readonly strategy?: Strategy;
}
/** A merchant's rules as they were at one time. Version 0: there were none. */
export interface Ruleset {
  readonly version: number;
  readonly rules: readonly Rule[];
}
export const noRules: Ruleset = { version: 0, rules: [] };

const saoPaulo = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'America/Sao_Paulo',
  weekday: 'short',
  hour: '2-digit',
  hourCycle: 'h23',
});
const days = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

interface Local {
  readonly weekday: number;
  readonly hour: number;
}
/** The last hour asked about: writing a date out costs more than all the rest of a plan. */
let last: { readonly hours: number; readonly local: Local } | undefined;

/** Weekday (1 is Monday) and hour in São Paulo, where conditions are read. Its offset has always been whole hours. */
function localTime(at: Date): Local {
  const hours = Math.floor(at.getTime() / 3_600_000);
  if (last?.hours === hours) return last.local;
  const parts = Object.fromEntries(saoPaulo.formatToParts(at).map(({ type, value }) => [type, value]));
  const local = { weekday: days.indexOf(parts['weekday'] ?? '') + 1, hour: Number(parts['hour']) };
  last = { hours, local };
  return local;
}

const within = (hour: number, { from, to }: { readonly from: number; readonly to: number }): boolean =>
  from <= to ? from <= hour && hour < to : hour >= from || hour < to; // 20 to 6 goes over midnight

/** Whether every condition given holds. What is asked of a card holds for nothing that has none. */
export function holds(conditions: Conditions, it: Circumstances, at: Date): boolean {
  const { amountMin, amountMax, weekdays, hours } = conditions;
  if (conditions.method !== undefined && conditions.method !== it.method) return false;
  if (amountMin !== undefined && toJson(it.amount) < amountMin) return false;
  if (amountMax !== undefined && toJson(it.amount) > amountMax) return false;
  if (conditions.currency !== undefined && conditions.currency !== it.currency) return false;
  if (!fits(conditions, it)) return false;
  if (weekdays === undefined && hours === undefined) return true;
  const local = localTime(at);
  if (weekdays !== undefined && !weekdays.includes(local.weekday)) return false;
  return hours === undefined || within(local.hour, hours);
}

function fits({ type, brand, bin, installmentsMax, country }: Conditions, it: Traits): boolean {
  if (type !== undefined && type !== it.type) return false;
  if (brand !== undefined && brand !== it.brand) return false;
  if (bin !== undefined && it.bin?.startsWith(bin) !== true) return false;
  if (installmentsMax !== undefined && (it.installments ?? 1) > installmentsMax) return false;
  return country === undefined || country === it.country;
}

/** The first rule whose conditions hold. */
export const ruleFor = (rules: readonly Rule[], it: Circumstances, at: Date): Rule | undefined =>
  rules.find(({ when }) => when === undefined || holds(when, it, at));

const big = 100_000; // R$ 1.000,00: what issuers look at twice

/** The name of circumstances that issuers treat alike: what recent approvals are counted by. */
export const likeOf = ({ type, brand, installments = 1, amount }: Circumstances): string =>
  [type ?? '', brand ?? '', installments > 1 ? 'parts' : '', toJson(amount) >= big ? 'big' : ''].join(':');
