import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { addDays } from '@libs/brazil/days.js';
import { addWorkdays } from '@libs/brazil/workdays.js';
import { now } from '@libs/kernel/clock.js';
import { dayAt } from '@libs/kernel/period.js';
import { type ChargeEvent, charges, type ChargeStatus } from './charges.entity.js';
import { releaseOf } from './release.job.js';

/** The public contract's table of states. */
const contract: { readonly [S in ChargeStatus]: readonly ChargeStatus[] } = {
  processing: ['pending', 'authorized', 'paid', 'declined', 'failed'],
  pending: ['paid', 'expired', 'canceled', 'declined', 'failed'],
  authorized: ['paid', 'expired', 'canceled'],
  paid: ['refund_requested', 'refunded'],
  refund_requested: ['refund_requested', 'refunded', 'paid'],
  refunded: ['refund_requested', 'refunded'],
  expired: ['paid', 'pending'], // a static Pix may be used again
  canceled: ['paid', 'pending'],
  declined: [],
  failed: [],
};
const events: readonly ChargeEvent[] = [
  'issue',
  'hold',
  'pay',
  'decline',
  'fail',
  'expire',
  'cancel',
  'enable',
  'ask',
  'refund',
  'restore',
];
const after = (heard: readonly ChargeEvent[]): ChargeStatus =>
  heard.reduce<ChargeStatus>((status, event) => charges.next(status, event) ?? status, 'processing');
const anyEvents = fc.array(fc.constantFrom(...events), { maxLength: 15 });

describe('the machine of charges', () => {
  it.each(charges.states)('goes from %s only where the contract says', (status) => {
    const reached = new Set(events.flatMap((event) => charges.next(status, event) ?? []));
    expect([...reached].sort()).toEqual([...contract[status]].sort());
    expect(charges.terminal(status)).toBe(contract[status].length === 0);
  });

  it('takes money wherever a payer may still have paid', () => {
    const takes = charges.states.filter((status) => charges.next(status, 'pay') !== undefined);
    expect(takes.sort()).toEqual(['authorized', 'canceled', 'expired', 'pending', 'processing']);
  });

  it('is paid once: what follows can only give back', () => {
    const back: readonly ChargeStatus[] = ['paid', 'refund_requested', 'refunded'];
    fc.assert(
      fc.property(anyEvents, anyEvents, (before, more) => {
        return !back.includes(after(before)) || back.includes(after([...before, ...more]));
      }),
    );
  });

  it('holds only what has just been sent, and takes money or lets go from there', () => {
    expect(charges.states.filter((status) => charges.next(status, 'hold') !== undefined)).toEqual(['processing']);
    expect(after(['hold', 'decline', 'fail', 'issue'])).toBe('authorized');
    expect(after(['hold', 'cancel', 'pay'])).toBe('paid'); // late
  });

  it('asks for a refund only of what was paid', () => {
    for (const status of charges.states) {
      const paid = status === 'paid' || status === 'refund_requested' || status === 'refunded';
      expect([status, charges.next(status, 'ask') !== undefined]).toEqual([status, paid]);
    }
  });
});

describe('money on its way', () => {
  it('may be drawn so many days later, or so many days on which banks work', () => {
    const days = [1, 5, 40];
    const today = dayAt(now());
    const on = (settleOn: 'calendar' | 'business', settleDays: number): string =>
      dayAt(releaseOf({ settleDays, settleOn })!);
    expect(days.map((it) => on('calendar', it))).toEqual(days.map((it) => addDays(today, it)));
    expect(days.map((it) => on('business', it))).toEqual(days.map((it) => addWorkdays(today, it)));
    expect(releaseOf({ settleDays: 0, settleOn: 'business' })).toBeNull();
  });
});
