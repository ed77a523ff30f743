import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { uuid } from '@libs/kernel/ids.js';
import { Runner } from '@libs/kernel/runner.js';
import { tx } from '@libs/kernel/transaction.js';
import { Feed } from '@libs/outbox/feed.js';
import { Outbox } from '@libs/outbox/outbox.service.js';
import { EventsCleanJob } from '@libs/webhooks/clean.job.js';
import { belowHorizon, emOf, until } from '@test/support/context.js';
import { Shop } from '@test/support/shop.js';

let shop: Shop;
beforeEach(async () => {
  shop = await Shop.open();
});
afterEach(() => shop.close());

describe('the feed of events', () => {
  it('gives the oldest first, page by page, to their merchant alone', async () => {
    const feed = shop.at.get(Feed);
    for (let sequence = 1; sequence <= 5; sequence += 1)
      await shop.announce(shop.draft(shop.merchant.merchantId, sequence));
    await belowHorizon(emOf(shop.at));
    const first = await feed.page(shop.merchant, 3);
    expect(first.data.map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
    expect(first.hasMore).toBe(true);
    const rest = await feed.page(shop.merchant, 3, first.data[2]!.id);
    expect(rest.data.map(({ sequence }) => sequence)).toEqual([4, 5]);
    expect(rest.hasMore).toBe(false);
    expect(rest.data[0]).toMatchObject({ type: 'pix', late: false, data: { pix: { amount: 1000 } } });
    const other = await shop.newMerchant();
    expect((await feed.page(other, 10)).data).toEqual([]);
    for (const after of [first.data[0]!.id, uuid(), 'nonsense']) {
      await expect(feed.page(other, 10, after)).rejects.toMatchObject({ extra: { errors: [{ field: 'after' }] } });
    }
  });

  it('never shows an event behind a place where somebody may have read', async () => {
    const feed = shop.at.get(Feed);
    const [early, late] = [uuid(), uuid()];
    let commit = (): void => {};
    const open = tx(emOf(shop.at), async (em) => {
      await shop.at.get(Outbox).append(em, [shop.draft(early, 1)]);
      await em.execute('select 1'); // which the event goes out with
      await new Promise<void>((resolve) => (commit = resolve));
    });
    await new Promise((resolve) => setTimeout(resolve, 100));
    await shop.announce(shop.draft(late, 1));
    expect((await feed.page(shop.merchant, 10)).data).toEqual([]);
    commit();
    await open;
    await belowHorizon(emOf(shop.at));
    const { data } = await feed.page(shop.merchant, 10);
    expect(data.map((it) => (it.data['pix'] as { id: string }).id)).toEqual([early, late]);
  });

  it('keeps events for 30 days, and longer while one is still being delivered', async () => {
    await shop.endpoint('/kept');
    shop.receiver.answer = ({ body }) => (body.includes('"sequence":1,') ? 200 : 500);
    await shop.announce(shop.draft(shop.merchant.merchantId, 1));
    await shop.announce(shop.draft(shop.merchant.merchantId, 2));
    await until(async () => (await shop.deliveries()).filter((it) => it.tries === 1).length === 2);
    await shop.at.get(Runner).stop();
    await shop.later(31 * 86_400);
    await shop.at.get(EventsCleanJob).clean();
    expect(await shop.sql('select sequence from outbox')).toEqual([{ sequence: 2 }]);
    expect(await shop.deliveries()).toHaveLength(1);
    expect((await shop.at.get(Feed).page(shop.merchant, 10)).data).toEqual([]);
  });
});
