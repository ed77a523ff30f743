import { applyDecorators } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { Field, type FieldOptions } from './field.js';

const date = /^(\d{4})-(\d{2})-(\d{2})$/;
const instant = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/;
// Brazil has kept no summer time since 2019, so a day of São Paulo begins three hours after that of Greenwich.
const saoPaulo = '-03:00';

/** The calendar day of a text, or undefined for a day that does not exist (31 April). */
export function day(text: string): Date | undefined {
  const at = date.test(text) ? new Date(`${text}T00:00:00Z`) : undefined;
  return at && at.toISOString().startsWith(text) ? at : undefined;
}

/** RFC 3339, or a São Paulo date read as its first or last millisecond. Undefined: neither. */
export function momentOf(text: string, edge: 'start' | 'end'): Date | undefined {
  if (day(text)) return new Date(`${text}T${edge === 'start' ? '00:00:00.000' : '23:59:59.999'}${saoPaulo}`);
  if (!instant.test(text) || !day(text.slice(0, 10))) return undefined;
  const at = new Date(text);
  return Number.isNaN(at.getTime()) ? undefined : at;
}

/** A moment of a query: RFC 3339 or a São Paulo date, both ends inclusive. The property becomes a `Date`. */
export function Moment(edge: 'start' | 'end', options: FieldOptions = {}): PropertyDecorator {
  return applyDecorators(
    Transform(({ value }: { value: unknown }) =>
      typeof value === 'string' ? (momentOf(value, edge) ?? value) : value,
    ),
    Field((value) => (value instanceof Date ? undefined : 'invalid'), options, { type: 'string', format: 'date-time' }),
  );
}
