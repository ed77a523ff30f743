import { Module } from '@nestjs/common';
import { OutboxModule } from '@libs/outbox/outbox.module.js';
import { RequestsModule } from '@libs/requests/requests.module.js';
import { VaultModule } from '@libs/vault/vault.module.js';
import { LedgerModule } from '@libs/ledger/ledger.module.js';
import { AlertsJob } from './alerts.job.js';
import { EventsCleanJob } from './clean.job.js';
import { DeliverJob } from './deliver.job.js';
import { DeliveriesController } from './deliveries.controller.js';
import { Deliveries } from './deliveries.service.js';
import { FanoutJob } from './fanout.job.js';
import { Sender } from './sender.js';
import { WebhooksController } from './webhooks.controller.js';
import { Webhooks } from './webhooks.service.js';

@Module({
  imports: [LedgerModule, OutboxModule, RequestsModule, VaultModule],
  providers: [Webhooks, Deliveries, FanoutJob, DeliverJob, EventsCleanJob, AlertsJob, Sender],
  exports: [Webhooks, Deliveries],
})
export class WebhooksModule {}

// Deliveries first: `/webhooks/deliveries` is not a webhook's id.
export const webhooksControllers = [DeliveriesController, WebhooksController];
