import { Module } from '@nestjs/common';
import { ChargesModule } from '@libs/charges/charges.module.js';
import { OutboxModule } from '@libs/outbox/outbox.module.js';
import { RequestsModule } from '@libs/requests/requests.module.js';
import { RoutingModule } from '@libs/routing/routing.module.js';
import { PixController } from './pix.controller.js';
import { PixService } from './pix.service.js';

export const pixControllers = [PixController];

@Module({
  imports: [ChargesModule, OutboxModule, RequestsModule, RoutingModule],
  providers: [PixService],
  exports: [PixService],
})
export class PixModule {}
