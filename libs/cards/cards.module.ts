import { Module } from '@nestjs/common';
import { ChargesModule } from '@libs/charges/charges.module.js';
import { RequestsModule } from '@libs/requests/requests.module.js';
import { RoutingModule } from '@libs/routing/routing.module.js';
import { VaultModule } from '@libs/vault/vault.module.js';
import { CreditCardController, DebitCardController } from './cards.controller.js';
import { CardsService } from './cards.service.js';
import { CardFollowups } from './followups.service.js';
import { PayerController } from './payer.controller.js';
import { Purse } from './purse.js';
import { CardTokensController } from './tokens.controller.js';
import { CardTokens } from './tokens.service.js';

export const cardsControllers = [CardTokensController, CreditCardController, DebitCardController, PayerController];

@Module({
  imports: [ChargesModule, RequestsModule, RoutingModule, VaultModule],
  providers: [CardFollowups, CardTokens, CardsService, Purse],
  exports: [CardFollowups, CardTokens, CardsService],
})
export class CardsModule {}
