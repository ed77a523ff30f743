import type { EntityClass, EntityMetadata } from '@mikro-orm/core';
import type { Em } from './transaction.js';

/** A column of an entity's table: its name in the row, its name in the entity, how the one becomes the other. */
interface Column {
  readonly column: string;
  readonly property: string;
  readonly read: (value: unknown) => unknown;
}
const known = new WeakMap<object, readonly Column[]>();

function columnsOf(em: Em, meta: EntityMetadata): readonly Column[] {
  const seen = known.get(meta);
  if (seen) return seen;
  const platform = em.getPlatform();
  const columns = meta.props
    .filter((it) => it.persist !== false)
    .map(({ name, fieldNames, customType, runtimeType }): Column => {
      const plain = (value: unknown): unknown =>
        runtimeType === 'Date' && typeof value === 'string' ? platform.parseDate(value) : value;
      const read = customType ? (value: unknown): unknown => customType.convertToJSValue(value, platform) : plain;
      return { column: fieldNames[0]!, property: name, read };
    });
  known.set(meta, columns);
  return columns;
}

/**
 * What a statement over an entity's table answers, as plain objects of the entity's shape, each the kind its
 * discriminator names; other columns are left out. For the hot path: what nobody changes through the unit of work need
 * not be watched by it, which costs several times the query (`npm run bench`).
 */
export function shaped<T extends object>(em: Em, entity: EntityClass<T>, rows: readonly Row[]): T[] {
  const meta = em.getMetadata().get(entity) as EntityMetadata;
  const { discriminatorColumn = '', discriminatorMap } = meta.root;
  return rows.map((row) => {
    const kind = discriminatorMap?.[String(row[discriminatorColumn])];
    const made: Record<string, unknown> = {};
    for (const { column, property, read } of columnsOf(em, kind ? em.getMetadata().get(kind) : meta)) {
      const value = row[column];
      made[property] = value === null || value === undefined ? value : read(value);
    }
    return made as T;
  });
}
export type Row = Readonly<Record<string, unknown>>;
