import { Module } from '@nestjs/common';
import { LedgerModule } from '@libs/ledger/ledger.module.js';
import { OutboxModule } from '@libs/outbox/outbox.module.js';
import { VaultModule } from '@libs/vault/vault.module.js';
import { Attempts } from './attempts.js';
import { Credentials } from './credentials.js';
import { Health } from './health.js';
import { Lanes } from './lanes.service.js';
import { Movements } from './movements.js';
import { Owners } from './owners.js';
import { Reconcile } from './reconcile.job.js';
import { Register } from './register.job.js';
import { Routing } from './routing.service.js';

@Module({
  imports: [LedgerModule, OutboxModule, VaultModule],
  providers: [Attempts, Credentials, Health, Lanes, Movements, Owners, Reconcile, Register, Routing],
  exports: [Attempts, Credentials, Health, Lanes, Movements, Owners, Reconcile, Routing],
})
export class RoutingModule {}
