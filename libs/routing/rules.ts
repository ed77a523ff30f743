import type { Cents } from '@libs/money/cents.js';
import type { Conditions } from './lane.entity.js';

const saoPaulo = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'America/Sao_Paulo',
  weekday: 'short',
  hour: '2-digit',
  hourCycle: 'h23',
});
const days = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

/** Weekday (1 is Monday) and hour in São Paulo, where the conditions of a lane are read. */
function localTime(at: Date): { readonly weekday: number; readonly hour: number } {
  const parts = Object.fromEntries(saoPaulo.formatToParts(at).map(({ type, value }) => [type, value]));
  return { weekday: days.indexOf(parts['weekday'] ?? '') + 1, hour: Number(parts['hour']) };
}

const within = (hour: number, { from, to }: { readonly from: number; readonly to: number }): boolean =>
  from <= to ? from <= hour && hour < to : hour >= from || hour < to; // 20 to 6 goes over midnight

/** Whether every condition given holds. */
export function holds(
  conditions: Conditions,
  { operation, amount, currency }: { readonly operation: string; readonly amount: Cents; readonly currency: string },
  at: Date,
): boolean {
  const { method, amountMin, amountMax, weekdays, hours } = conditions;
  if (method !== undefined && method !== operation.split('.')[0]) return false;
  if (amountMin !== undefined && amount < BigInt(amountMin)) return false;
  if (amountMax !== undefined && amount > BigInt(amountMax)) return false;
  if (conditions.currency !== undefined && conditions.currency !== currency) return false;
  if (weekdays === undefined && hours === undefined) return true;
  const local = localTime(at);
  if (weekdays !== undefined && !weekdays.includes(local.weekday)) return false;
  return hours === undefined || within(local.hour, hours);
}
