import { Module, type OnModuleInit } from '@nestjs/common';
import { LedgerModule } from '@libs/ledger/ledger.module.js';
import { OutboxModule } from '@libs/outbox/outbox.module.js';
import { RequestsModule } from '@libs/requests/requests.module.js';
import { Owners } from '@libs/routing/owners.js';
import { RoutingModule } from '@libs/routing/routing.module.js';
import { ChargesController } from './charges.controller.js';
import { Cancels } from './cancels.service.js';
import { Charges } from './charges.service.js';
import { Expiry } from './expiry.job.js';
import { Methods } from './methods.js';
import { RefundOwner } from './refunds.owner.js';
import { Release } from './release.job.js';
import { Refunds } from './refunds.service.js';
import { Sales } from './sales.service.js';

export const chargesControllers = [ChargesController];

@Module({
  imports: [LedgerModule, OutboxModule, RequestsModule, RoutingModule],
  providers: [Cancels, Charges, Expiry, Methods, RefundOwner, Refunds, Release, Sales],
  exports: [Cancels, Charges, Expiry, Methods, Refunds, Sales],
})
export class ChargesModule implements OnModuleInit {
  constructor(
    private readonly owners: Owners,
    private readonly refunds: RefundOwner,
  ) {}

  onModuleInit(): void {
    this.owners.register(this.refunds);
  }
}
