import { Decimal } from '@libs/kernel/json.js';

/** Members that are never remembered, in no form: what is hashed over a CVV can be tried through. */
const secretMembers = new Set(['cvv', 'password', 'authToken', 'file']);

/** What stands for the number of a card in a text that is hashed. */
export type Seal = (number: string) => string;
const open: Seal = (number) => number;
const cardNumber = /^\d{13,19}$/;

/**
 * A body as one text: members sorted by name, null as absent, secret members left out at every depth, the number of a
 * card as `seal` makes it.
 */
export function canonical(value: unknown, seal: Seal = open): string {
  if (value instanceof Decimal) return value.text;
  if (Array.isArray(value)) return `[${value.map((it) => canonical(it, seal)).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const members = Object.entries(value)
    .filter(([name, inner]) => inner !== null && inner !== undefined && !secretMembers.has(name))
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, inner]) => {
      const number = name === 'number' && typeof inner === 'string' && cardNumber.test(inner);
      return `${JSON.stringify(name)}:${canonical(number ? seal(inner) : inner, seal)}`;
    });
  return `{${members.join()}}`;
}

/** What two calls must agree in to be one wish. No body and an empty one are the same. */
export const told = (route: string, query: string, body: unknown, seal: Seal = open): string =>
  `${route}\n${query}\n${canonical(body ?? {}, seal)}`;
