import { Injectable } from '@nestjs/common';
import { now } from '@libs/kernel/clock.js';
import { registry } from '@libs/providers/registry.js';
import { Approvals } from './approvals.service.js';
import { Health } from './health.js';
import { Lanes } from './lanes.service.js';
import type { Facts, Instruction } from './plan.js';
import { Rulesets } from './rulesets.service.js';

/** Gathers what a plan is made of, all of it once. In the hot path everything comes from short caches. */
@Injectable()
export class Policy {
  constructor(
    private readonly lanes: Lanes,
    private readonly rulesets: Rulesets,
    private readonly approvals: Approvals,
    private readonly health: Health,
  ) {}

  async facts({ merchantId, mode, operation }: Pick<Instruction, 'merchantId' | 'mode' | 'operation'>): Promise<Facts> {
    const [all, rules] = await Promise.all([this.lanes.facts(merchantId, mode), this.rulesets.current(merchantId)]);
    const lanes = all.filter((lane) => lane.operation === operation);
    const approvals = await this.approvals.recent(
      operation,
      lanes.map(({ credentialId }) => credentialId),
    );
    return { lanes, providers: registry, tripped: this.health.tripped(), rules, approvals, at: now() };
  }
}
