import { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { isWorkday } from '@libs/brazil/workdays.js';
import { now } from '@libs/kernel/clock.js';
import { dayAt } from '@libs/kernel/period.js';
import { type JobView, OnJob, OnTick, Queue } from '@libs/kernel/queue.js';
import { tx } from '@libs/kernel/transaction.js';
import { merchantPayable } from '@libs/ledger/address.js';
import { Ledger } from '@libs/ledger/ledger.service.js';
import { toJson } from '@libs/money/cents.js';
import type { AttemptView } from '@libs/routing/attempt.entity.js';
import { refundsOf } from './announce.js';
import { lockCharge } from './lock.js';
import { goneOf, heldOf } from './settle.js';

const dayMs = 24 * 60 * 60 * 1_000;
const batch = 50;
/** A release that was lost is taken up again after this long. */
const againMs = 60_000;

/** When what a lane sold now may be drawn: so many days ahead, or business days of banks. Null: at once. */
export function releaseOf({ settleDays, settleOn }: Pick<AttemptView, 'settleDays' | 'settleOn'>): Date | null {
  if (settleDays === 0) return null;
  let at = now().getTime();
  for (let left = settleDays; left > 0;) {
    at += dayMs;
    if (settleOn === 'calendar' || isWorkday(dayAt(new Date(at)))) left -= 1;
  }
  return new Date(at);
}

/** Moves what a sale still has in `receivable` to `payable` on its day. */
@Injectable()
export class Release {
  constructor(
    private readonly em: EntityManager,
    private readonly ledger: Ledger,
    private readonly queue: Queue,
  ) {}

  @OnTick()
  async due(): Promise<number> {
    return tx(this.em, async (em) => {
      const rows = await em.execute<{ id: string }[]>(
        `update charge set release_due_at = clock_now() + ? * interval '1 millisecond'
         where id in (select id from charge where release_due_at <= clock_now()
                      order by release_due_at limit ? for update skip locked)
         returning id`,
        [againMs, batch],
      );
      const jobs = rows.map(({ id }) => ({ name: 'charges.release', payload: { charge: id } }));
      await this.queue.add(em, jobs);
      return rows.length;
    });
  }

  @OnJob('charges.release')
  async release({ payload }: JobView): Promise<void> {
    await tx(this.em, async (em) => {
      const charge = await lockCharge(em, String(payload['charge']));
      const { fees, releaseDueAt, currency } = charge;
      if (!fees || !releaseDueAt || fees.released !== undefined) return;
      const [seller] = heldOf(fees, goneOf(charge, await refundsOf(em, charge.id)));
      const { address: from, left } = seller!;
      const to = merchantPayable(charge.merchantId);
      charge.releaseDueAt = null;
      charge.fees = { ...fees, seller: to, released: toJson(left) };
      await em.flush();
      if (left === 0n) return;
      const postings = [{ from, to, amount: left, currency }];
      await this.ledger.post(em, charge.mode, [{ reference: `release:${charge.id}`, postings }]);
    });
  }
}
