const dayMs = 86_400_000;

/** Noon is far from every midnight: the number of a day is exact. */
function numberOf(day: string): number {
  const at = new Date(`${day}T12:00:00Z`);
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day) || Number.isNaN(at.getTime()) || at.toISOString().slice(0, 10) !== day) {
    throw new RangeError(`not a day of the calendar: ${day}`);
  }
  return Math.floor(at.getTime() / dayMs);
}

/**
 * The day so many days later, or earlier: `YYYY-MM-DD`, as São Paulo counts days.
 * @throws RangeError when it is no day of the calendar, or the other is beyond the year 9999.
 */
export function addDays(day: string, days: number): string {
  const at = new Date((numberOf(day) + days) * dayMs);
  const other = Number.isNaN(at.getTime()) ? '' : at.toISOString();
  if (!/^\d{4}-/.test(other)) throw new RangeError(`beyond the calendar: ${day} and ${days} days`);
  return other.slice(0, 10);
}

/** How many days `to` is after `from`; below zero when it is before. */
export const daysBetween = (from: string, to: string): number => numberOf(to) - numberOf(from);

/** 0 is Sunday, 6 Saturday. */
export const weekdayOf = (day: string): number => (numberOf(day) + 4) % 7;
