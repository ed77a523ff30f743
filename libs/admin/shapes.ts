import type { FieldOptions } from '@libs/kernel/field.js';
import { Text } from '@libs/kernel/text.js';

const shape = /^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$/;
const example = '0192f5c4-7a1e-7c3b-9d54-2f6a8f1d7e90';

/** An id of ours in a body or a query. */
export const Id = (options: FieldOptions): PropertyDecorator => Text(36, { pattern: shape, example, ...options });

/** How ids and moments are shown in the OpenAPI document. */
export const shownId = { format: 'uuid', example } as const;
export const shownMoment = { format: 'date-time', example: '2026-01-20T14:03:07.123Z' } as const;
export const shownCents = { type: 'integer', description: 'Centavos', example: 1000 } as const;

export const iso = (at: Date | null | undefined): string | null => at?.toISOString() ?? null;
