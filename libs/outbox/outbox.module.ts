import { Module } from '@nestjs/common';
import { EventsController } from './events.controller.js';
import { Feed } from './feed.js';
import { Listeners } from './listeners.js';
import { Outbox } from './outbox.service.js';
import { RelayJob } from './relay.job.js';

@Module({ providers: [Outbox, Listeners, RelayJob, Feed], exports: [Outbox, Listeners, Feed] })
export class OutboxModule {}

export const outboxControllers = [EventsController];
