import type { INestApplicationContext } from '@nestjs/common';
import { EntityManager } from '@mikro-orm/postgresql';
import type { Sandbox } from '@apps/sandbox/server.js';
import { Queue } from '@libs/kernel/queue.js';
import { tx } from '@libs/kernel/transaction.js';
import { merchantPayable, platformBank } from '@libs/ledger/address.js';
import { Ledger } from '@libs/ledger/ledger.service.js';
import { Merchants } from '@libs/merchants/merchants.service.js';
import { cents } from '@libs/money/cents.js';
import type { LaneDto, LaneView } from '@libs/routing/lanes.dto.js';
import { everyLane } from '@libs/routing/lanes.every.js';
import { Lanes } from '@libs/routing/lanes.service.js';

/** R$ 100.000,00: what the merchant of the embedded start begins with. */
const funds = cents(10_000_000);

/**
 * One merchant with its keys, a funded balance, and a lane for every operation of every provider. Repeating it is
 * harmless. Answers its lanes.
 */
export async function seed(
  app: INestApplicationContext,
  keys: { readonly merchant: string; readonly admin: string },
  sandbox?: Sandbox,
): Promise<readonly LaneView[]> {
  const em = app.get(EntityManager).fork();
  const ledger = app.get(Ledger);
  const merchantId = await tx(em, (inner) => app.get(Merchants).ensureLocal(inner, keys.merchant, keys.admin));
  await tx(em, async (inner) => {
    const reference = `funds:${merchantId}`;
    if (await ledger.posted(inner, reference)) return;
    const postings = [{ from: platformBank, to: merchantPayable(merchantId), amount: funds, currency: 'BRL' as const }];
    await ledger.post(inner, 'test', [{ reference, postings }]);
  });
  // The address that providers are told may have changed since the last start.
  await tx(em, (inner) => app.get(Queue).add(inner, [{ name: 'routing.registerAll', payload: {} }]));
  const lanes = app.get(Lanes);
  const there = await lanes.list(merchantId);
  return sandbox && there.length === 0 ? lanes.replace(merchantId, playedLanes(sandbox)) : there;
}

/** What the account of a provider is set to there, beside what opens it. */
const settings: Readonly<Record<string, object>> = { cielo: { pixContract: 'cielo2' } };

/** The embedded start's lanes lead to the sandbox, whose accounts they bring; what has none there has no lane. */
const playedLanes = ({ accounts }: Sandbox): readonly LaneDto[] =>
  everyLane()
    .filter(({ provider }) => provider in accounts)
    .map((lane) => ({
      ...lane,
      credential: { environment: 'simulator' },
      credentials: { ...accounts[lane.provider as keyof Sandbox['accounts']], ...settings[lane.provider] },
    }));
