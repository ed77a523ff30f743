import { Module } from '@nestjs/common';
import { LedgerModule } from '@libs/ledger/ledger.module.js';
import { OutboxModule } from '@libs/outbox/outbox.module.js';
import { VaultModule } from '@libs/vault/vault.module.js';
import { Approvals } from './approvals.service.js';
import { Attempts } from './attempts.js';
import { Credentials } from './credentials.js';
import { Health } from './health.js';
import { Inputs } from './inputs.js';
import { Lanes } from './lanes.service.js';
import { Movements } from './movements.js';
import { Owners } from './owners.js';
import { Policy } from './policy.service.js';
import { Reconcile } from './reconcile.job.js';
import { Register } from './register.job.js';
import { Replays } from './replay.job.js';
import { Routing } from './routing.service.js';
import { Rulesets } from './rulesets.service.js';

@Module({
  imports: [LedgerModule, OutboxModule, VaultModule],
  providers: [
    Approvals,
    Attempts,
    Credentials,
    Health,
    Inputs,
    Lanes,
    Movements,
    Owners,
    Policy,
    Reconcile,
    Register,
    Replays,
    Routing,
    Rulesets,
  ],
  exports: [
    Attempts,
    Credentials,
    Health,
    Inputs,
    Lanes,
    Movements,
    Owners,
    Policy,
    Reconcile,
    Replays,
    Routing,
    Rulesets,
  ],
})
export class RoutingModule {}
