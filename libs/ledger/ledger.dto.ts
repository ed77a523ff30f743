import { ApiProperty } from '@nestjs/swagger';
import type { Mode } from '@libs/kernel/caller.js';
import { OneOf, Whole } from '@libs/kernel/field.js';
import { PageQuery } from '@libs/kernel/page.js';
import { Text } from '@libs/kernel/text.js';
import { type Currency, toJson } from '@libs/money/cents.js';
import { parseAddress, type Pocket } from './address.js';
import type { EntryView } from './page.js';
import { Bound } from '@libs/kernel/period.js';
import type { Standing } from './standing.js';
import type { Verification } from './verification.entity.js';

const id = { format: 'uuid', example: '0192f5c4-7a1e-7c3b-9d54-2f6a8f1d7e90' } as const;
const moment = { format: 'date-time', example: '2026-01-20T14:03:07.123Z' } as const;
const payable = 'merchant:0192f5c4-7a1e-7c3b-9d54-2f6a8f1d7e90:payable';
const hasMore = { description: 'Há mais itens nesta direção', example: false };
const amountOf = (description: string): { type: 'integer'; description: string; example: number } => ({
  type: 'integer',
  description: `${description}, em centavos`,
  example: 1000,
});

export class BalanceQuery {
  @OneOf(['BRL', 'EUR'], { optional: true, description: 'Só esta moeda', example: 'BRL' })
  readonly currency?: Currency;
}

export class BalanceItem {
  @ApiProperty({ enum: ['BRL', 'EUR'], example: 'BRL' })
  readonly currency!: Currency;

  @ApiProperty(amountOf('Disponível mais a receber, menos a dívida'))
  readonly balance!: number;

  @ApiProperty(amountOf('O que já pode ser sacado'))
  readonly available!: number;

  @ApiProperty({ ...amountOf('Vendido e ainda não liquidado'), example: 0 })
  readonly receivable!: number;

  @ApiProperty({ ...amountOf('O que falta: a próxima venda paga primeiro'), example: 0 })
  readonly debt!: number;
}

export class BalanceBody {
  @ApiProperty({ example: 'c1a7a1de-7d0e-4a0b-8d26-5d7f6a2f0f4e' })
  readonly requestId!: string;

  @ApiProperty({ type: [BalanceItem] })
  readonly data!: readonly BalanceItem[];
}

export class StatementQuery extends PageQuery {
  @Bound('Início: instante RFC 3339 ou data de São Paulo, inclusive')
  readonly from?: string;

  @Bound('Fim: instante RFC 3339 ou data de São Paulo, inclusive')
  readonly to?: string;
}

export class Leg {
  @ApiProperty({ enum: ['payable', 'receivable'], description: 'Disponível ou a receber', example: 'payable' })
  readonly address!: Pocket;

  @ApiProperty(amountOf('Positivo entrou, negativo saiu'))
  readonly amount!: number;

  @ApiProperty({ enum: ['BRL', 'EUR'], example: 'BRL' })
  readonly currency!: Currency;
}

export class StatementItem {
  @ApiProperty(id)
  readonly id!: string;

  @ApiProperty({ description: 'O fato que o lançamento registra', example: `attempt:${id.example}` })
  readonly reference!: string;

  @ApiProperty(moment)
  readonly createdAt!: string;

  @ApiProperty({ type: [Leg] })
  readonly postings!: readonly Leg[];

  /** Only the merchant's own ends of each posting: who stands at the other end is not its business. */
  static from({ entry, postings }: EntryView, merchantId: string): StatementItem {
    const legs = postings.flatMap(({ from, to, amount, currency }) =>
      [
        { place: parseAddress(from), amount: -toJson(amount) },
        { place: parseAddress(to), amount: toJson(amount) },
      ].flatMap(({ place, amount }): Leg[] =>
        place?.kind === 'merchant' && place.id === merchantId ? [{ address: place.pocket, amount, currency }] : [],
      ),
    );
    return { id: entry.id, reference: entry.reference, createdAt: entry.createdAt.toISOString(), postings: legs };
  }
}

export class StatementPage {
  @ApiProperty({ type: [StatementItem] })
  readonly data!: readonly StatementItem[];

  @ApiProperty(hasMore)
  readonly hasMore!: boolean;
}

export class EntriesQuery extends PageQuery {
  @Text(150, { optional: true, description: 'Só lançamentos que tocam este endereço', example: payable })
  readonly address?: string;

  @OneOf(['test', 'live'], { optional: true, description: 'Só este livro', example: 'test' })
  readonly mode?: Mode;
}

export class PostingItem {
  @ApiProperty({ example: 'provider:gerencianet:clearing' })
  readonly from!: string;

  @ApiProperty({ example: payable })
  readonly to!: string;

  @ApiProperty(amountOf('Sempre positivo'))
  readonly amount!: number;

  @ApiProperty({ enum: ['BRL', 'EUR'], example: 'BRL' })
  readonly currency!: Currency;
}

export class EntryItem {
  @ApiProperty(id)
  readonly id!: string;

  @ApiProperty({ description: 'Única em todo o livro-razão', example: `attempt:${id.example}` })
  readonly reference!: string;

  @ApiProperty({ enum: ['test', 'live'], example: 'test' })
  readonly mode!: Mode;

  @ApiProperty(moment)
  readonly createdAt!: string;

  @ApiProperty({ type: [PostingItem] })
  readonly postings!: readonly PostingItem[];

  static from({ entry, postings }: EntryView): EntryItem {
    const { id, reference, mode, createdAt } = entry;
    const items = postings.map(({ from, to, amount, currency }) => ({ from, to, amount: toJson(amount), currency }));
    return { id, reference, mode, createdAt: createdAt.toISOString(), postings: items };
  }
}

export class EntryPage {
  @ApiProperty({ type: [EntryItem] })
  readonly data!: readonly EntryItem[];

  @ApiProperty(hasMore)
  readonly hasMore!: boolean;
}

export class AddressesQuery {
  @Whole(1, 100, { optional: true, text: true, description: 'Quantos endereços, de 1 a 100', example: 10 })
  readonly limit: number = 10;

  @Text(150, { optional: true, description: 'Endereços depois deste, em ordem alfabética', example: 'platform:bank' })
  readonly starting_after?: string;

  @Text(150, { optional: true, description: 'Endereços antes deste', example: 'provider:gerencianet:fees' })
  readonly ending_before?: string;

  @OneOf(['test', 'live'], { optional: true, description: 'Só este livro', example: 'test' })
  readonly mode?: Mode;
}

export class AddressItem {
  @ApiProperty({ example: 'provider:gerencianet:clearing' })
  readonly address!: string;

  @ApiProperty({ enum: ['test', 'live'], example: 'test' })
  readonly mode!: Mode;

  @ApiProperty({ enum: ['BRL', 'EUR'], example: 'BRL' })
  readonly currency!: Currency;

  @ApiProperty({ ...amountOf('Tudo o que entrou menos tudo o que saiu; a soma de todos é zero'), example: -1000 })
  readonly balance!: number;

  @ApiProperty({ ...amountOf('A parte negativa do saldo de um lojista'), example: 0 })
  readonly debt!: number;

  static from({ address, mode, currency, balance, debt }: Standing): AddressItem {
    return { address, mode, currency, balance: toJson(balance), debt: toJson(debt) };
  }
}

export class AddressPage {
  @ApiProperty({ type: [AddressItem] })
  readonly data!: readonly AddressItem[];

  @ApiProperty(hasMore)
  readonly hasMore!: boolean;
}

export class VerificationCreated {
  @ApiProperty(id)
  readonly id!: string;
}

export class VerificationBody {
  @ApiProperty({
    enum: ['running', 'done', 'failed'],
    description: '`failed`: não pôde ser concluída',
    example: 'done',
  })
  readonly status!: Verification['status'];

  @ApiProperty({ type: 'integer', description: 'Linhas já conferidas', example: 1200 })
  readonly checked!: number;

  @ApiProperty({ type: 'integer', description: 'Linhas a conferir', example: 1200 })
  readonly total!: number;

  @ApiProperty({ type: 'boolean', nullable: true, description: 'Nulo até o fim', example: true })
  readonly ok!: boolean | null;

  @ApiProperty({ type: 'string', nullable: true, description: 'O primeiro erro encontrado', example: null })
  readonly firstBad!: string | null;

  static from({ status, checked, total, ok, firstBad }: Verification): VerificationBody {
    return { status, checked, total, ok: ok ?? null, firstBad: firstBad ?? null };
  }
}
