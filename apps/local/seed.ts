import type { INestApplicationContext } from '@nestjs/common';
import { EntityManager } from '@mikro-orm/postgresql';
import type { Sandbox } from '@apps/sandbox/server.js';
import { Queue } from '@libs/kernel/queue.js';
import { tx } from '@libs/kernel/transaction.js';
import { merchantPayable, platformBank } from '@libs/ledger/address.js';
import { Ledger } from '@libs/ledger/ledger.service.js';
import { Merchants } from '@libs/merchants/merchants.service.js';
import { cents } from '@libs/money/cents.js';
import { operations } from '@libs/providers/contract/acts.js';
import { registry } from '@libs/providers/registry.js';
import type { LaneDto, LaneView } from '@libs/routing/lanes.dto.js';
import { Lanes } from '@libs/routing/lanes.service.js';
import { canDo } from '@libs/routing/plan.js';

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
  return sandbox && there.length === 0 ? lanes.replace(merchantId, everyLane(sandbox)) : there;
}

/**
 * A lane for whatever a charge can begin with, at every provider that the sandbox plays, in the order of the registry.
 * What is sold on a card may be drawn after thirty days, a Pix at once: the lanes' own defaults.
 */
const everyLane = (sandbox: Sandbox): readonly LaneDto[] =>
  operations
    .filter((it) => /\.(create|authorize)$/.test(it))
    .flatMap((operation) =>
      registry
        .filter((provider) => provider.id in sandbox.accounts && canDo(provider, operation))
        .map((provider, i): LaneDto => ({
          provider: provider.id,
          operation,
          mode: 'test',
          priority: i + 1,
          credential: { environment: 'simulator' },
          cost: { rateBps: 0, fixed: 0 },
          price: { rateBps: 99, fixed: 0 },
          credentials: { ...sandbox.accounts[provider.id as keyof Sandbox['accounts']] },
        })),
    );
