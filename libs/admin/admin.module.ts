import { Module } from '@nestjs/common';
import { ChargesModule } from '@libs/charges/charges.module.js';
import { MerchantsModule } from '@libs/merchants/merchants.module.js';
import { RequestsModule } from '@libs/requests/requests.module.js';
import { RoutingModule } from '@libs/routing/routing.module.js';
import { StatementsModule } from '@libs/statements/statements.module.js';
import { AttemptsController } from './attempts.controller.js';
import { AttemptsRoom } from './attempts.service.js';
import { AuditController } from './audit.controller.js';
import { Audit } from './audit.service.js';
import { Deeds } from './deeds.js';
import { LedgerModule } from '@libs/ledger/ledger.module.js';
import { LanesController } from './lanes.controller.js';
import { LanesRoom } from './lanes.service.js';
import { LedgerAdminController } from './ledger.controller.js';
import { MerchantsController } from './merchants.controller.js';
import { MovementsController } from './movements.controller.js';
import { MovementsRoom } from './movements.service.js';
import { OperationsController } from './operations.controller.js';
import { Operations } from './operations.service.js';
import { Resolutions } from './resolutions.service.js';
import { RoutingController } from './routing.controller.js';
import { RoutingRoom } from './routing.service.js';
import { TransactionsController } from './transactions.controller.js';
import { Transactions } from './transactions.service.js';

export const adminControllers = [
  MerchantsController,
  LanesController,
  RoutingController,
  AttemptsController,
  MovementsController,
  OperationsController,
  TransactionsController,
  LedgerAdminController,
  AuditController,
];

@Module({
  imports: [ChargesModule, LedgerModule, MerchantsModule, RequestsModule, RoutingModule, StatementsModule],
  providers: [AttemptsRoom, Audit, Deeds, LanesRoom, MovementsRoom, Operations, Resolutions, RoutingRoom, Transactions],
  // Controllers are mounted by the process that serves; they find their services here.
  exports: [
    AttemptsRoom,
    Audit,
    LanesRoom,
    LedgerModule,
    MerchantsModule,
    MovementsRoom,
    Operations,
    RequestsModule,
    Resolutions,
    RoutingRoom,
    Transactions,
  ],
})
export class AdminModule {}
