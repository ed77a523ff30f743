import { type Check, Field, type FieldOptions } from './field.js';

const day = /^(\d{4})-(\d{2})-(\d{2})$/;
const instant = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/;
/** Both, as far as a pattern can say it. */
const shape = '^\\d{4}-\\d{2}-\\d{2}([Tt]\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,9})?([Zz]|[+-]\\d{2}:\\d{2}))?$';
const calendar = new Intl.DateTimeFormat('en-CA', {
  timeZone: 'America/Sao_Paulo',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
});
const zone = new Intl.DateTimeFormat('en-US', { timeZone: 'America/Sao_Paulo', timeZoneName: 'longOffset' });

/** The date so many days later; undefined for one that the calendar does not have. */
function dayOf(text: string, later = 0): string | undefined {
  const [, year, month, date] = day.exec(text.slice(0, 10)) ?? [];
  if (year === undefined || Number(year) === 0) return undefined;
  const at = new Date(Date.UTC(Number(year), Number(month) - 1, Number(date)));
  if (Number.isNaN(at.getTime()) || at.toISOString().slice(0, 10) !== text.slice(0, 10)) return undefined;
  at.setUTCDate(at.getUTCDate() + later);
  return at.toISOString().slice(0, 10);
}

/**
 * The first instant of a day in São Paulo. The offset is asked of that night, not assumed: Brazil had summer time, and
 * may have it again.
 */
export function midnight(date: string): Date {
  const parts = zone.formatToParts(new Date(`${date}T03:00:00Z`));
  const offset = parts.find(({ type }) => type === 'timeZoneName')?.value.slice(3) ?? '';
  return new Date(`${date}T00:00:00${offset === '' ? 'Z' : offset}`);
}

function read(text: string, later: number): Date | undefined {
  if (dayOf(text) === undefined) return undefined;
  if (day.test(text)) return midnight(dayOf(text, later)!);
  if (!instant.test(text.toUpperCase())) return undefined;
  const at = new Date(text.toUpperCase());
  return Number.isNaN(at.getTime()) ? undefined : new Date(at.getTime() + later);
}

/** The day that it is in São Paulo at a moment, `YYYY-MM-DD`. */
export const dayAt = (at: Date): string => calendar.format(at);

/** Whether a text is a day that the calendar has: `2026-02-30` is none. */
export const isDay = (text: string): boolean => day.test(text) && dayOf(text) !== undefined;

/** The first instant of a period that begins with `text`, an RFC 3339 instant or a date in São Paulo. */
export const startOf = (text: string): Date | undefined => read(text, 0);

/**
 * The first instant after a period that includes `text`: the day after, or a millisecond, the finest that answers
 * show.
 */
export const endOf = (text: string): Date | undefined => read(text, 1);

const moment: Check = (value) => (typeof value === 'string' && startOf(value) !== undefined ? undefined : 'invalid');

/** A text that bounds a period: an RFC 3339 instant or a date in São Paulo, both ends inclusive. */
export const Bound = (description: string, options: FieldOptions = { optional: true }): PropertyDecorator =>
  Field(moment, { example: '2026-01-20', ...options, description }, { type: 'string', pattern: shape });
