import { Module } from '@nestjs/common';
import { ChargesModule } from '@libs/charges/charges.module.js';
import { OutboxModule } from '@libs/outbox/outbox.module.js';
import { RequestsModule } from '@libs/requests/requests.module.js';
import { RoutingModule } from '@libs/routing/routing.module.js';
import { BulkCancel } from './bulk.service.js';
import { PixController } from './pix.controller.js';
import { PixService } from './pix.service.js';
import { StaticController } from './static.controller.js';
import { StaticPix } from './static.service.js';

export const pixControllers = [StaticController, PixController];

@Module({
  imports: [ChargesModule, OutboxModule, RequestsModule, RoutingModule],
  providers: [BulkCancel, PixService, StaticPix],
  exports: [BulkCancel, PixService, StaticPix],
})
export class PixModule {}
