const local = new Intl.DateTimeFormat('sv-SE', {
  timeZone: 'America/Sao_Paulo',
  dateStyle: 'short',
  timeStyle: 'medium',
});
const dayMs = 86_400_000;

/** `YYYY-MM-DD HH:mm:ss` of an instant in São Paulo, without a zone. */
export const localTime = (at: string): string => local.format(new Date(at));
/** The day of it. */
export const localDay = (at: string): string => localTime(at).slice(0, 10);

/** A day of the calendar, so many days later. */
export const dayAfter = (day: string, days: number): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) + days * dayMs).toISOString().slice(0, 10);

/** How many days the second day lies after the first. */
export const daysBetween = (from: string, to: string): number =>
  (Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / dayMs;

/** Whether `YYYY-MM-DD` is a day that the calendar has. */
export const isDay = (text: string): boolean => {
  const at = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text);
};
