import { Injectable } from '@nestjs/common';
import { before } from '@libs/kernel/before.js';
import { MissingFault, refusedField } from '@libs/kernel/fault.js';
import { uuid } from '@libs/kernel/ids.js';
import { endOf, startOf } from '@libs/kernel/period.js';
import type { Reply } from '@libs/kernel/reply.js';
import { Merchants } from '@libs/merchants/merchants.service.js';
import { Requests } from '@libs/requests/requests.service.js';
import type { Wish } from '@libs/requests/wish.js';
import { type Decision, type Instruction, plan } from '@libs/routing/plan.js';
import { Policy } from '@libs/routing/policy.service.js';
import { Replays } from '@libs/routing/replay.job.js';
import { plainRules, type RulesDto } from '@libs/routing/rules.dto.js';
import { Rulesets } from '@libs/routing/rulesets.service.js';
import {
  type PlanDto,
  type ReplayCreated,
  type ReplayDto,
  ReplayView,
  type RulesQuery,
  RulesView,
} from './routing.dto.js';

/** How providers are chosen: the rules, what they would choose now, and what others would have chosen. */
@Injectable()
export class RoutingRoom {
  constructor(
    private readonly merchants: Merchants,
    private readonly rulesets: Rulesets,
    private readonly policy: Policy,
    private readonly replays: Replays,
    private readonly requests: Requests,
  ) {}

  /** @throws MissingFault for no merchant, InvalidFault for rules that say nothing or two things at once. */
  async replace(merchantId: string, { rules }: RulesDto): Promise<RulesView> {
    before(await this.rules(merchantId, {}));
    return RulesView.from(await this.rulesets.replace(merchantId, plainRules(rules)));
  }

  /** @throws MissingFault for no merchant, or no such version. */
  async rules(merchantId: string, { version }: RulesQuery): Promise<RulesView> {
    const { id } = await this.merchants.get(merchantId);
    const kept = await this.rulesets.version(id, version);
    if (!kept) throw new MissingFault('Versão não encontrada.');
    return RulesView.from(kept);
  }

  /** What would be chosen. Nothing is written and nobody is asked. @throws InvalidFault. */
  async plan(wish: Wish, dto: PlanDto): Promise<Decision> {
    void wish.checkedKey; // there is nothing to replay, yet a bad key is a bad key
    await this.known(dto.merchantId);
    const instruction = instructionOf(dto);
    const facts = await this.policy.facts(instruction);
    return plan(instruction, { ...facts, at: dto.at === undefined ? facts.at : startOf(dto.at)! }).decision;
  }

  /** @throws InvalidFault, ConflictFault when the key belongs to another wish. */
  async replay(wish: Wish, dto: ReplayDto): Promise<Reply<ReplayCreated>> {
    const { merchantId, mode = 'test', from, to, rules } = dto;
    const [since, until] = [startOf(from)!, endOf(to)!];
    if (since >= until) throw refusedField('to', 'out_of_range', 'Antes de from.');
    await this.known(merchantId);
    const asked = { merchantId, mode, since, until, rules: plainRules(rules) };
    return this.replays.open(asked, (em, id) => this.requests.claim(em, wish, id));
  }

  /** @throws MissingFault. */
  async replayed(id: string): Promise<ReplayView> {
    return ReplayView.from(await this.replays.find(id));
  }

  private async known(merchantId: string): Promise<void> {
    await this.merchants.get(merchantId).catch((error: unknown) => {
      if (error instanceof MissingFault) throw refusedField('merchantId', 'invalid', error.message);
      throw error;
    });
  }
}

/** A sale on a card of which nothing more is said; it always has a page that its payer comes back to. */
const plainSale = { type: 'credit', installments: 1, capture: true, returnUrl: 'https://localhost' };

/** The least that adapters look at when they say whether they can take it. */
function instructionOf(dto: PlanDto): Instruction {
  const { merchantId, mode = 'test', operation, amount, currency = 'BRL', method } = dto;
  const { type, brand, bin, installments, country, expire = 3_600, chargeId = uuid() } = dto;
  if (method !== undefined && method !== operation.split('.')[0]) {
    throw refusedField('method', 'invalid', 'Não é o da operação.');
  }
  const payer = country === undefined ? {} : { address: { country } };
  const known = operation === 'cards.authorize' ? plainSale : {};
  const told = { ...(type && { type }), ...(installments && { installments }) };
  return {
    merchantId,
    mode,
    operation,
    amount,
    currency,
    owner: { kind: 'plan', id: chargeId.toLowerCase() },
    input: { ...known, ...told, amount, currency, expireSeconds: expire, payer, card: { brand, bin } },
  };
}
