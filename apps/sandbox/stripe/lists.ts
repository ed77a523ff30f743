import { type Call, type Reply, done } from './call.js';
import { flag, hash, params, text, whole } from './params.js';
import { invalid } from './refusal.js';
import { type Rule } from './params.js';
import { type Shape, listShape } from './shapes.js';
import { units } from './room.js';

const range = hash({ gt: whole, gte: whole, lt: whole, lte: whole });

/** A moment in seconds, or a range of them. */
const created: Rule<ReturnType<typeof range>> = (value, name) => {
  if (typeof value === 'object' || value === undefined) return range(value, name);
  const at = whole(value, name);
  return { gt: undefined, gte: at, lt: undefined, lte: at };
};

/** The parameters of every list, beside its own filters. */
const paging = { created, limit: whole, starting_after: text(), ending_before: text(), include_total_count: flag };

interface Row {
  readonly id: string;
  readonly created: number;
}

/** One page, newest first. The rows are in the order in which they were made. */
export function page<T extends Row, F extends Readonly<Record<string, Rule<unknown>>>>(
  { form }: Pick<Call, 'form'>,
  url: string,
  rows: readonly T[],
  filters: F,
  fits: (row: T, wanted: { readonly [K in keyof F]: ReturnType<F[K]> }) => boolean,
  shape: (row: T) => Shape,
): Reply {
  const members = Object.entries(form);
  const ours = Object.fromEntries(members.filter(([name]) => Object.hasOwn(paging, name)));
  const wanted = params(Object.fromEntries(members.filter(([name]) => !Object.hasOwn(paging, name))), filters);
  const { created: moment = {}, limit = 10n, starting_after: after, ending_before: before } = params(ours, paging);
  if (limit < 1n || limit > 100n)
    throw invalid('This value must be between 1 and 100.', { code: 'parameter_invalid_integer', param: 'limit' });
  if (after !== undefined && before !== undefined)
    throw invalid('You may only specify one of these parameters: starting_after, ending_before.', {
      code: 'parameters_exclusive',
    });
  const { gt, gte, lt, lte }: Partial<NonNullable<ReturnType<typeof created>>> = moment;
  const all = rows.toReversed().filter((row) => {
    const at = BigInt(row.created);
    const within = (gt ?? -1n) < at && (gte ?? 0n) <= at && (lt === undefined || at < lt) && (lte ?? at) >= at;
    return within && fits(row, wanted);
  });
  const place = (id: string, param: string): number => {
    const at = all.findIndex((row) => row.id === id);
    if (at < 0) throw invalid(`No such object: '${id}'`, { code: 'resource_missing', param });
    return at;
  };
  const size = units(limit);
  if (before !== undefined) {
    const end = place(before, 'ending_before');
    const from = Math.max(0, end - size);
    return done(listShape(url, all.slice(from, end).map(shape), from > 0));
  }
  const from = after === undefined ? 0 : place(after, 'starting_after') + 1;
  return done(listShape(url, all.slice(from, from + size).map(shape), from + size < all.length));
}
