import { Decimal } from '@libs/kernel/json.js';

/** Members that are never remembered, in no form: what is hashed over a CVV can be tried through. */
const secretMembers = new Set(['cvv', 'password', 'authToken', 'file']);

/** A body as one text: members sorted by name, null as absent, secret members left out at every depth. */
export function canonical(value: unknown): string {
  if (value instanceof Decimal) return value.text;
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const members = Object.entries(value)
    .filter(([name, inner]) => inner !== null && inner !== undefined && !secretMembers.has(name))
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, inner]) => `${JSON.stringify(name)}:${canonical(inner)}`);
  return `{${members.join()}}`;
}

/** What two calls must agree in to be one wish. No body and an empty one are the same. */
export const told = (route: string, query: string, body: unknown): string =>
  `${route}\n${query}\n${canonical(body ?? {})}`;
