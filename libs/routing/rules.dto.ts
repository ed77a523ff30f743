import { applyDecorators } from '@nestjs/common';
import { getSchemaPath } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { ValidateNested } from 'class-validator';
import { AsGiven, type Check, Field, Nested, OneOf } from '@libs/kernel/field.js';
import { Decimal } from '@libs/kernel/json.js';
import { registry } from '@libs/providers/registry.js';
import { ConditionsDto } from './conditions.dto.js';
import { type Rule, strategies, type Strategy } from './rules.js';

const mostRules = 100;
const heaviest = 1_000_000;
const providers = registry.map(({ id }) => id);

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Decimal);

const weights: Check = (value) => {
  if (!isObject(value)) return 'invalid';
  if (Object.keys(value).some((it) => !providers.includes(it))) return 'unknown_field';
  const given = Object.values(value).filter((it) => it !== null); // null is absent
  if (given.some((it) => !Number.isSafeInteger(it))) return 'invalid';
  return given.length === 0 || given.some((it) => Number(it) < 1 || Number(it) > heaviest) ? 'out_of_range' : undefined;
};
const weight = { type: 'integer', minimum: 1, maximum: heaviest } as const;

/** Uma regra: exatamente um entre `prefer`, `split` e `strategy`. */
export class RuleDto implements Rule {
  @Nested(() => ConditionsDto, { optional: true, description: 'Quando vale; ausente: sempre' })
  readonly when?: ConditionsDto;

  @OneOf(providers, { optional: true, list: 20, description: 'Provedores, na ordem; os outros vêm depois' })
  readonly prefer?: string[];

  @Field(
    weights,
    { optional: true, description: 'Provedor e peso; o sorteio é sempre o mesmo para a mesma cobrança' },
    {
      type: 'object',
      properties: Object.fromEntries(providers.map((it) => [it, weight])),
      additionalProperties: false,
      minProperties: 1,
    },
  )
  readonly split?: Readonly<Record<string, number>>;

  @OneOf(strategies, {
    optional: true,
    description: '`balanced`: aprovação × margem; `approval` tenta outras contas de vez em quando',
  })
  readonly strategy?: Strategy;
}

const rules: Check = (value) => {
  if (!Array.isArray(value)) return 'invalid';
  if (value.length > mostRules) return 'too_long';
  const bad = value.findIndex((it) => !isObject(it));
  return bad < 0 ? undefined : `[${bad}] invalid`;
};
const example: readonly Rule[] = [
  { when: { method: 'cards', amountMin: 100_000, hours: { from: 8, to: 20 } }, strategy: 'approval' },
  { when: { method: 'cards', brand: 'amex' }, prefer: ['stripe'] },
  { when: { method: 'cards' }, split: { cielo: 70, stripe: 30 } },
];

/** Rules in their order. Unlike other lists it may be empty: then nothing but priorities decides. */
export const Rules = (): PropertyDecorator =>
  applyDecorators(
    Type(() => RuleDto),
    AsGiven(),
    ValidateNested(),
    Field(
      rules,
      { description: 'A primeira que vale decide; vazia: decidem as prioridades', example },
      { type: 'array', maxItems: mostRules, items: { $ref: getSchemaPath(RuleDto) } },
    ),
  );

export class RulesDto {
  @Rules()
  readonly rules!: RuleDto[];
}

const given = <T extends object>(it: T): T =>
  Object.fromEntries(Object.entries(it).filter(([, value]) => value !== undefined && value !== null)) as T;

/** As they are stored: plain, without what was not given. */
export const plainRules = (them: readonly RuleDto[]): readonly Rule[] =>
  them.map(({ when, prefer, split, strategy }) =>
    given({
      when: when && given({ ...when, hours: when.hours && { ...when.hours } }),
      prefer,
      split: split && given(split),
      strategy,
    }),
  );
