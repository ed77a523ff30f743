import { now } from '@libs/kernel/clock.js';
import { daysBetween, localDay } from '@apps/sandbox/days.js';
import { type Control, Wrong, amountRule, check } from '@apps/sandbox/question.js';
import { optional, truth } from '@apps/sandbox/schema.js';
import type { Room } from './room.js';
import { cancel, settle } from './slips.js';
import { off } from './slips.checks.js';
import { type Slip, slipTable } from './slips.rows.js';
import { commit, current, lastDay, news, turned } from './slips.tell.js';

const act = 'bankslip.create';

/** What a bank asks for on a day: less for who comes early, a fine and a day's interest for each day to who is late. */
export function payable(slip: Slip, day: string): bigint {
  const { total, expireAt, conditional, fine = 0, interest } = slip;
  if (conditional && day <= (conditional.until_date ?? expireAt)) return total - off(conditional, total);
  if (day <= expireAt) return total;
  const late = BigInt(daysBetween(expireAt, day));
  // Interest is in thousandths of a percent, of a day or of thirty.
  const part = interest?.type === 'monthly' ? 3_000_000n : 100_000n;
  return total + (total * BigInt(fine)) / 10_000n + (total * BigInt(interest?.value ?? 0) * late) / part;
}

/** What the payer wants: another amount than asked, a slip that is paid already, one that no bank takes any more. */
export interface SlipWish {
  readonly amount?: bigint;
  readonly again?: boolean;
  readonly late?: boolean;
}

/** The payer pays the slip at his bank. Answers the reason why the bank would not take it. */
export function paySlip(room: Room, known: Slip, wish: SlipWish): Slip | string {
  const slip = current(room, known);
  const today = localDay(now().toISOString());
  const willing = wish.again ?? false;
  if (slip.payments.length > 0) {
    if (!willing && !room.faults.take(act, ['second_payment'], slip.customId))
      return 'the slip is paid already; "again": true pays it once more';
  } else if (slip.status !== 'waiting' && slip.status !== 'unpaid' && !wish.late)
    return `the slip is ${slip.status}; "late": true pays it all the same`;
  else if (today > lastDay(slip) && !wish.late)
    return 'the last payable day is over; "late": true pays it all the same';
  const amount = wish.amount ?? payable(slip, today);
  const payments = [...slip.payments, { amount, at: now().toISOString() }];
  const paid = turned({ ...slip, payments }, 'paid', { value: amount, day: today });
  const told = slip.payments.length === 0 || room.wire.slipTellsSecond;
  const next: Slip = told ? paid : { ...slip, payments };
  const made = room.effect('bankslip.received', slip.customId ?? '', `${slip.id}/${payments.length}`, amount);
  return commit(room, next, [made], ...(told ? [news(room, act, next)] : []));
}

/** By the line that is on it, or by the code that a machine reads. */
function slipOf(room: Room, digits: string): Slip | undefined {
  return [...room.world.of(slipTable).values()].find(({ line, barcode }) => line === digits || barcode === digits);
}

const shown = ({ id, status, payments }: Slip) => ({ id: `${id}`, status, amount: payments.at(-1)?.amount ?? 0n });

/** `POST /_sim/bankslips/{line}/pay`, and what somebody does at the provider's own site: `cancel`, `settle`. */
export function slipControls(room: Room): readonly Control[] {
  const control = (what: string, act: (slip: Slip, body: unknown) => unknown): Control => ({
    method: 'POST',
    path: new RegExp(`^/_sim/bankslips/(\\d{44}|\\d{47})/${what}$`),
    missing: 'no slip has this line',
    act: ({ id, body }) => {
      const slip = slipOf(room, id);
      return slip && act(slip, body);
    },
  });
  const byHand = (act: typeof cancel) => (slip: Slip, body: unknown) => {
    check(body, {});
    const { status } = current(room, slip);
    if (status !== 'waiting' && status !== 'unpaid') throw new Wrong(409, `the slip is ${status}`);
    return shown(act(room, slip));
  };
  return [
    control('pay', (slip, body) => {
      check(body, { amount: optional(amountRule), again: optional(truth), late: optional(truth) });
      const { amount, ...wish } = body as { amount?: number | string; again?: boolean; late?: boolean };
      const paid = paySlip(room, slip, { ...wish, ...(amount !== undefined && { amount: BigInt(amount) }) });
      if (typeof paid === 'string') throw new Wrong(409, paid);
      return shown(paid);
    }),
    control('cancel', byHand(cancel)),
    control('settle', byHand(settle)),
  ];
}
