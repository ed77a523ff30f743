import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { ChargeBody } from '@libs/charges/charges.service.js';
import { Asking, type Merchant, Needs } from '@libs/kernel/caller.js';
import { AnswersCreated, AnswersDone, Refuses } from '@libs/kernel/openapi.js';
import type { Reply } from '@libs/kernel/reply.js';
import { type Wish, Wishing } from '@libs/requests/wish.js';
import {
  CaptureCardDto,
  CardChargeDto,
  CardsQuery,
  CreateCreditCardDto,
  CreateDebitCardDto,
  RefundCardDto,
} from './cards.dto.js';
import { CardsService } from './cards.service.js';
import { CardFollowups } from './followups.service.js';

/** What is the same for both kinds of card. */
@ApiTags('Idea Gateway: cartões')
abstract class CardController {
  protected abstract readonly type: 'creditCard' | 'debitCard';

  constructor(
    protected readonly cards: CardsService,
    protected readonly followups: CardFollowups,
  ) {}

  @Get()
  @Needs('read')
  @ApiOperation({ summary: 'Busca por customCode', description: 'As mais novas primeiro, no máximo 100.' })
  @ApiOkResponse({ type: [CardChargeDto] })
  @Refuses(422)
  byCustomCode(@Asking() merchant: Merchant, @Query() query: CardsQuery): Promise<readonly ChargeBody[]> {
    return this.cards.byCustomCode(merchant, this.type, query.customCode, query.providerName);
  }

  @Get(':id')
  @Needs('read')
  @ApiOperation({ summary: 'Busca por id' })
  @ApiOkResponse({ type: CardChargeDto })
  @Refuses(404)
  one(@Asking() merchant: Merchant, @Param('id') id: string): Promise<ChargeBody> {
    return this.cards.one(merchant, this.type, id);
  }

  @Post(':id/cancel')
  @HttpCode(200)
  @Needs('charge')
  @ApiOperation({ summary: 'Cancela uma autorização que não foi capturada' })
  @AnswersDone(CardChargeDto, 'Cancelada no provedor')
  @Refuses(404, 409, 422, 503)
  cancel(@Asking() merchant: Merchant, @Wishing() wish: Wish, @Param('id') id: string): Promise<Reply<ChargeBody>> {
    return this.followups.cancel(merchant, wish, this.type, id);
  }
}

@Controller('credit-card')
export class CreditCardController extends CardController {
  protected readonly type = 'creditCard';

  @Post()
  @Needs('charge')
  @ApiOperation({
    summary: 'Cobra um cartão de crédito',
    description: 'Autoriza e captura; com `capture: false`, só autoriza. O motivo de uma recusa vem em `metadata`.',
  })
  @AnswersCreated(CardChargeDto, 'Pago (`paid`), autorizado (`authorized`) ou recusado (`declined`)')
  @Refuses(404, 409, 422, 503)
  create(
    @Asking() merchant: Merchant,
    @Wishing() wish: Wish,
    @Body() body: CreateCreditCardDto,
  ): Promise<Reply<ChargeBody>> {
    return this.cards.create(merchant, wish, this.type, body);
  }

  @Post(':id/capture')
  @HttpCode(200)
  @Needs('charge')
  @ApiOperation({
    summary: 'Captura o autorizado, ou uma parte',
    description: 'Uma vez só: o que sobra da autorização é liberado.',
  })
  @AnswersDone(CardChargeDto, 'Capturado')
  @Refuses(404, 409, 422, 503)
  capture(
    @Asking() merchant: Merchant,
    @Wishing() wish: Wish,
    @Param('id') id: string,
    @Body() body: CaptureCardDto,
  ): Promise<Reply<ChargeBody>> {
    return this.followups.capture(merchant, wish, id, body.amount);
  }

  @Post(':id/refund')
  @HttpCode(200)
  @Needs('refund')
  @ApiOperation({
    summary: 'Estorna o que resta, ou uma parte',
    description: 'Responde `refund_requested`; o fim vem por webhook, em no máximo 24 horas.',
  })
  @AnswersDone(CardChargeDto, 'Estorno pedido')
  @Refuses(404, 409, 422)
  refund(
    @Asking() merchant: Merchant,
    @Wishing() wish: Wish,
    @Param('id') id: string,
    @Body() body: RefundCardDto,
  ): Promise<Reply<ChargeBody>> {
    return this.followups.refund(merchant, wish, this.type, id, body.amount);
  }
}

@Controller('debit-card')
export class DebitCardController extends CardController {
  protected readonly type = 'debitCard';

  @Post()
  @Needs('charge')
  @ApiOperation({
    summary: 'Cobra um cartão de débito',
    description: 'O pagador se autentica no banco, em `redirectUrl`; sem `returnUrl`, o resultado vem por webhook.',
  })
  @AnswersCreated(CardChargeDto, 'À espera do pagador (`pending`), pago ou recusado')
  @Refuses(404, 409, 422, 503)
  create(
    @Asking() merchant: Merchant,
    @Wishing() wish: Wish,
    @Body() body: CreateDebitCardDto,
  ): Promise<Reply<ChargeBody>> {
    return this.cards.create(merchant, wish, this.type, body);
  }

  @Post(':id/refund')
  @HttpCode(200)
  @Needs('refund')
  @ApiOperation({
    summary: 'Estorna o que resta, ou uma parte',
    description: 'Responde `refunded` quando o provedor o faz na hora; senão, o fim vem por webhook.',
  })
  @AnswersDone(CardChargeDto, 'Estornado, ou estorno pedido')
  @Refuses(404, 409, 422)
  refund(
    @Asking() merchant: Merchant,
    @Wishing() wish: Wish,
    @Param('id') id: string,
    @Body() body: RefundCardDto,
  ): Promise<Reply<ChargeBody>> {
    return this.followups.refund(merchant, wish, this.type, id, body.amount);
  }
}
