import { Transform } from 'class-transformer';
import { Field, Nested, OneOf, Whole } from '@libs/kernel/field.js';
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
export class TraitsDto {
  @OneOf(['credit', 'debit'], { optional: true, description: 'Crédito ou débito', example: 'credit' })
  readonly type?: 'credit' | 'debit';

  @turned((it) => it.toLowerCase())
  @Text(20, { optional: true, pattern: /^[A-Za-z]+$/, description: 'Bandeira', example: 'visa' })
  readonly brand?: string;

  @TextOrInteger(8, {
    optional: true,
    pattern: /^\d{4,8}$/,
    description: 'Primeiros dígitos do cartão',
    example: '411111',
  })
  readonly bin?: string;

  @turned((it) => it.toUpperCase())
  @Text(2, { optional: true, pattern: /^[A-Za-z]{2}$/, description: 'País do pagador', example: 'BR' })
  readonly country?: string;
}

export class HoursDto {
  @Whole(0, 23, { description: 'Hora inicial em São Paulo, inclusive', example: 8 })
  readonly from!: number;

  @Whole(0, 24, { description: 'Hora final, exclusive', example: 20 })
  readonly to!: number;
}

/** Tudo o que for dado tem de valer. */
export class ConditionsDto extends TraitsDto implements Conditions {
  @OneOf(methods, { optional: true, description: 'Método', example: 'pix' })
  readonly method?: string;

  @Whole(1, most, { optional: true, description: 'Valor mínimo, em centavos', example: 100 })
  readonly amountMin?: number;

  @Whole(1, most, { optional: true, description: 'Valor máximo, em centavos', example: 5_000_000 })
  readonly amountMax?: number;

  @OneOf(['BRL', 'EUR'], { optional: true, description: 'Moeda', example: 'BRL' })
  readonly currency?: string;

  @Whole(1, 99, { optional: true, description: 'Máximo de parcelas', example: 6 })
  readonly installmentsMax?: number;

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
