import { Module } from '@nestjs/common';
import { RequestsModule } from '@libs/requests/requests.module.js';
import { RoutingModule } from '@libs/routing/routing.module.js';
import { CallbacksController } from './callbacks.controller.js';
import { InboxController } from './inbox.controller.js';
import { Inbox } from './inbox.service.js';
import { Keys } from './keys.service.js';
import { NoticeJob } from './notice.job.js';

export const inboxControllers = [CallbacksController, InboxController];

@Module({ imports: [RequestsModule, RoutingModule], providers: [Inbox, Keys, NoticeJob], exports: [Inbox] })
export class InboxModule {}
