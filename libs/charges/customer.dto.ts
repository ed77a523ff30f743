import { TaxId } from '@libs/brazil/cpf-cnpj.js';
import { Field, Nested } from '@libs/kernel/field.js';
import { Bound, isDay } from '@libs/kernel/period.js';
import { Text, TextOrInteger } from '@libs/kernel/text.js';
import type { Payer } from '@libs/providers/contract/inputs.js';

export class AddressDto {
  @Text(100, { optional: true, description: 'Logradouro', example: 'Rua do Alecrim' })
  readonly street?: string;

  @TextOrInteger(100, { optional: true, description: 'Número', example: 'S/N' })
  readonly number?: string;

  @Text(100, { optional: true, description: 'País', example: 'BR' })
  readonly country?: string;

  @Text(2, { optional: true, pattern: /^[A-Za-z]{2}$/, description: 'UF, duas letras', example: 'SP' })
  readonly state?: string;

  @TextOrInteger(9, { optional: true, pad: 8, pattern: /^\d{5}-?\d{3}$/, description: 'CEP', example: '45002100' })
  readonly zipCode?: string;

  @Text(100, { optional: true, description: 'Cidade', example: 'São Paulo' })
  readonly city?: string;

  @Text(100, { optional: true, least: 0, description: 'Complemento', example: 'Casa 2' })
  readonly complement?: string;

  @Text(100, { optional: true, description: 'Bairro', example: 'Jardim São Paulo' })
  readonly neighborhood?: string;
}

/** Quem paga. Tudo é opcional, onde um método não diz outra coisa. */
export class CustomerDto {
  @Text(140, { optional: true, description: 'Nome', example: 'FULANO DE TAL' })
  readonly name?: string;

  @TaxId({ optional: true, description: 'CPF ou CNPJ', example: '45576360044' })
  readonly documentNumber?: string;

  @Text(254, { optional: true, pattern: /^[^@\s]+@[^@\s]+$/, description: 'E-mail', example: 'foo@bar.com' })
  readonly email?: string;

  @TextOrInteger(20, {
    optional: true,
    pattern: /^\+?[\d ()-]{8,20}$/,
    description: 'Telefone',
    example: '11123451234',
  })
  readonly phoneNumber?: string;

  @Field(
    (it) => (typeof it === 'string' && isDay(it) ? undefined : 'invalid'),
    {
      optional: true,
      description: 'Nascimento',
      example: '1990-01-01',
    },
    { type: 'string', format: 'date' },
  )
  readonly birthdate?: string;

  @Bound('Cliente desde', { optional: true, example: '2022-03-20T08:37:40.000Z' })
  readonly customerSince?: string;

  @Nested(() => AddressDto, { optional: true, description: 'Endereço' })
  readonly address?: AddressDto;
}

/** The same person as providers are told of him. */
export const payerOf = ({
  name,
  documentNumber,
  email,
  phoneNumber,
  birthdate,
  address,
  customerSince,
}: CustomerDto): Payer => ({
  name,
  taxId: documentNumber,
  email,
  phone: phoneNumber,
  birthDate: birthdate,
  address,
  since: customerSince,
});
