import { refusedField } from './fault.js';
import { Whole } from './field.js';
import { rowOf } from './ids.js';
import type { Page } from './reply.js';
import { Text } from './text.js';

/** The query of every list of our own (api.md §1): newest first. */
export class PageQuery {
  @Whole(1, 100, { optional: true, text: true, description: 'Quantos itens, de 1 a 100', example: 10 })
  readonly limit: number = 10;

  @Text(64, { optional: true, description: 'Itens mais antigos que este id' })
  readonly starting_after?: string;

  @Text(64, { optional: true, description: 'Itens mais novos que este id' })
  readonly ending_before?: string;
}

/** The ids that a page may hold; they are UUIDv7, so their order is that of time. */
export interface Window {
  readonly id?: { readonly $lt: string } | { readonly $gt: string };
  readonly order: 'asc' | 'desc';
  readonly take: number;
}

/** @throws InvalidFault for a cursor that is no id, or two of them. */
export function assertCursors({ starting_after: after, ending_before: before }: PageQuery): void {
  if (after !== undefined && rowOf(after) === undefined)
    throw refusedField('starting_after', 'invalid', 'Valor inválido.');
  if (before !== undefined && (after !== undefined || rowOf(before) === undefined)) {
    throw refusedField('ending_before', 'invalid', 'Valor inválido.');
  }
}

/**
 * One page of rows whose id is a UUIDv7, newest first. `find` answers the rows of a window in its order.
 * @throws InvalidFault for a cursor that is no id, or two of them.
 */
export async function pageOf<T>(query: PageQuery, find: (window: Window) => Promise<T[]>): Promise<Page<T>> {
  assertCursors(query);
  const { limit, starting_after: after, ending_before: before } = query;
  const rows =
    before === undefined
      ? await find({ id: after === undefined ? undefined : { $lt: rowOf(after)! }, order: 'desc', take: limit + 1 })
      : await find({ id: { $gt: rowOf(before)! }, order: 'asc', take: limit + 1 });
  const data = rows.slice(0, limit);
  return { data: before === undefined ? data : data.toReversed(), hasMore: rows.length > limit };
}
