import { addDays, weekdayOf } from './days.js';

const fixed = new Set(['01-01', '04-21', '05-01', '09-07', '10-12', '11-02', '11-15', '12-25']);
/** Days after Easter: the Monday and Tuesday of carnival, Good Friday, Corpus Christi. */
const movable = [-48, -47, -2, 60];

/** Easter Sunday of a year of the Gregorian calendar, by the rule of Meeus, Jones and Butcher. */
function easter(year: number): string {
  const whole = (dividend: number, divisor: number): number => Math.floor(dividend / divisor);
  const golden = year % 19;
  const century = whole(year, 100);
  const skipped = whole(century, 4);
  const moon = whole(century - whole(century + 8, 25) + 1, 3);
  const epact = (19 * golden + century - skipped - moon + 15) % 30;
  const leap = whole(year % 100, 4);
  const sunday = (32 + 2 * (century % 4) + 2 * leap - epact - ((year % 100) % 4)) % 7;
  const late = whole(golden + 11 * epact + 22 * sunday, 451);
  const days = epact + sunday - 7 * late + 114;
  return `${String(year).padStart(4, '0')}-0${whole(days, 31)}-${String((days % 31) + 1).padStart(2, '0')}`;
}

const isWeekend = (day: string): boolean => weekdayOf(day) % 6 === 0;

/** The last weekday of a year: banks are closed and nothing is cleared, whatever the calendar calls it. */
function closing(year: string): string {
  const last = `${year}-12-31`;
  return weekdayOf(last) === 0 ? addDays(last, -2) : weekdayOf(last) === 6 ? addDays(last, -1) : last;
}

function isHoliday(day: string): boolean {
  const year = day.slice(0, 4);
  if (fixed.has(day.slice(5)) || day === closing(year)) return true;
  // Consciência Negra is a holiday of the whole country since Lei 14.759/2023.
  if (day.endsWith('-11-20')) return Number(year) >= 2024;
  const sunday = easter(Number(year));
  return movable.some((days) => addDays(sunday, days) === day);
}

/**
 * Whether banks clear payments on a day, in the whole country (Resolução CMN 4.880/2020): carnival and Corpus Christi
 * are none, Ash Wednesday and 24 December are, with short hours. What only a state or a town celebrates stops nothing.
 * @throws RangeError when it is no day of the calendar.
 */
export const isWorkday = (day: string): boolean => !isWeekend(day) && !isHoliday(day);

/** The day itself where banks work on it, else the first one after it on which they do. */
export function workdayFrom(day: string): string {
  let at = day;
  while (!isWorkday(at)) at = addDays(at, 1);
  return at;
}

/** The first business day after a day. */
export const nextWorkday = (day: string): string => workdayFrom(addDays(day, 1));

/**
 * The day that is so many business days later; for 0 the day itself where it is one, else the next.
 * @throws RangeError when `workdays` is not a whole number from 0 on.
 */
export function addWorkdays(day: string, workdays: number): string {
  if (!Number.isInteger(workdays) || workdays < 0) throw new RangeError(`not a number of days: ${workdays}`);
  let at = workdays === 0 ? workdayFrom(day) : day;
  for (let left = workdays; left > 0; left -= 1) at = nextWorkday(at);
  return at;
}

/**
 * The day on which a slip is expired, from its first hour: what is due on a day without banks may be paid on the next
 * one with them, and the business day after that one tells of it.
 */
export const slipExpiry = (dueOn: string, payableDays: number): string =>
  addWorkdays(workdayFrom(addDays(dueOn, payableDays)), 2);
