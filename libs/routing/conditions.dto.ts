import { applyDecorators } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { Field, type FieldOptions, Nested, OneOf, Whole } from '@libs/kernel/field.js';
import { Text, TextOrInteger } from '@libs/kernel/text.js';
import { operations } from '@libs/providers/contract/acts.js';
import type { Conditions } from './lane.entity.js';

const most = 1_000_000_000_000;
export const methods = [...new Set(operations.map((it) => it.split('.')[0]!))];

/** Letters in their one case; what are no letters is left to be refused. */
const turned = (turn: (text: string) => string): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' && /^[A-Za-z]+$/.test(value) ? turn(value) : value,
  );

/** What is known of a card and its payer, as rules, lanes and hypothetical charges spell it. */
export const Brand = (options: FieldOptions): PropertyDecorator =>
  applyDecorators(
    turned((it) => it.toLowerCase()),
    Text(20, { example: 'visa', ...options, pattern: /^[A-Za-z]+$/ }),
  );
export const Bin = (options: FieldOptions): PropertyDecorator =>
  TextOrInteger(8, { example: '411111', ...options, pattern: /^\d{4,8}$/ });
export const Country = (options: FieldOptions): PropertyDecorator =>
  applyDecorators(
    turned((it) => it.toUpperCase()),
    Text(2, { example: 'BR', ...options, pattern: /^[A-Za-z]{2}$/ }),
  );
export const CardType = (options: FieldOptions): PropertyDecorator =>
  OneOf(['credit', 'debit'], { example: 'credit', ...options });

export class HoursDto {
  @Whole(0, 23, { description: 'Hora inicial em São Paulo, inclusive', example: 8 })
  readonly from!: number;

  @Whole(0, 24, { description: 'Hora final, exclusive', example: 20 })
  readonly to!: number;
}

/** Tudo o que for dado tem de valer. */
export class ConditionsDto implements Conditions {
  @OneOf(methods, { optional: true, description: 'Método', example: 'pix' })
  readonly method?: string;

  @Whole(1, most, { optional: true, description: 'Valor mínimo, em centavos', example: 100 })
  readonly amountMin?: number;

  @Whole(1, most, { optional: true, description: 'Valor máximo, em centavos', example: 5_000_000 })
  readonly amountMax?: number;

  @OneOf(['BRL', 'EUR'], { optional: true, description: 'Moeda', example: 'BRL' })
  readonly currency?: string;

  @CardType({ optional: true, description: 'Crédito ou débito' })
  readonly type?: 'credit' | 'debit';

  @Brand({ optional: true, description: 'Bandeira' })
  readonly brand?: string;

  @Bin({ optional: true, description: 'Primeiros dígitos do cartão' })
  readonly bin?: string;

  @Whole(1, 99, { optional: true, description: 'Máximo de parcelas', example: 6 })
  readonly installmentsMax?: number;

  @Country({ optional: true, description: 'País do pagador' })
  readonly country?: string;

  @Field(
    (it) => (Number.isInteger(it) && Number(it) >= 1 && Number(it) <= 7 ? undefined : 'out_of_range'),
    {
      optional: true,
      list: 7,
      description: 'Dias da semana em São Paulo; 1 = segunda',
      example: [1, 2, 3, 4, 5],
    },
    { type: 'integer', minimum: 1, maximum: 7 },
  )
  readonly weekdays?: number[];

  @Nested(() => HoursDto, { optional: true, description: 'Horário em São Paulo' })
  readonly hours?: HoursDto;
}
