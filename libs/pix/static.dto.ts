import { Text, TextOrInteger } from '@libs/kernel/text.js';
import { Amount } from '@libs/money/amount.js';
import type { Cents } from '@libs/money/cents.js';

export class CreateStaticDto {
  @Amount({ description: 'Valor em centavos, escrito no código: R$ 10,00 = 1000', example: 1000 })
  readonly amount!: Cents;

  @TextOrInteger(64, { optional: true, description: 'Código do lojista', example: 'order123' })
  readonly customCode?: string;

  @Text(140, {
    optional: true,
    description: 'Instruções ao pagador: vai no código o que nele couber, sem acentos',
    example: 'Consulte seu pedido no app.',
  })
  readonly instructions?: string;
}

export class CreateStaticInfraDto extends CreateStaticDto {
  @Text(140, {
    optional: true,
    description: 'Quem recebe: sem acentos, os primeiros 25 caracteres; ausente: o nome do lojista',
    example: 'Idea Maker Solution',
  })
  readonly receiverName?: string;

  @Text(100, {
    optional: true,
    description: 'Cidade de quem recebe: sem acentos, os primeiros 15 caracteres',
    example: 'São Paulo',
  })
  readonly receiverCity?: string;
}

export class EnableStaticDto {
  @TextOrInteger(64, { description: 'O código do lojista com que foi criado', example: 'order123' })
  readonly customCode!: string;
}
