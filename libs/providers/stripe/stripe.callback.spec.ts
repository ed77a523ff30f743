import { describe, expect, it } from 'vitest';
import { cents } from '@libs/money/cents.js';
import { callbacks } from './stripe.callback.js';
import * as news from './stripe.news.js';
import * as wire from './stripe.wire.js';

const [key, ref, ten] = ['k1', 'pi_1', cents(1000)];
const upon = { key, ref, amount: ten, currency: 'BRL' } as const;
const seconds = 1_792_000_000;
const at = new Date(seconds * 1_000);
const told = (type: string, object: object): unknown => {
  const event = { id: 'evt_1', object: 'event', type, created: seconds, data: { object } };
  return callbacks.read(Buffer.from(JSON.stringify(event)));
};

describe('a refund', () => {
  const refund = (over: object = {}): object => ({
    id: 're_1',
    object: 'refund',
    status: 'succeeded',
    amount: 1000,
    currency: 'brl',
    payment_intent: ref,
    metadata: { attempt: key },
    created: seconds,
    ...over,
  });
  const came = { status: 'failed', failure_reason: 'declined', failure_balance_transaction: 'txn_1' };
  it('that failed after the money had left has come back', () => {
    const read = wire.refundOf(refund(came));
    expect(read && news.refundIn(read, upon)).toMatchObject({
      kind: 'done',
      amount: ten,
      moved: [{ kind: 'returned', id: 're_1', about: { key, ref: 're_1' }, amount: ten, currency: 'BRL' }],
    });
    expect(told('refund.failed', refund(came))).toMatchObject([
      { kind: 'event', id: 'evt_1', about: { key, ref: 're_1' }, news: { kind: 'returned', at } },
    ]);
  });
  it('made at their own pages is looked at', () => {
    expect(told('refund.updated', refund({ metadata: {} }))).toEqual([{ kind: 'hint', about: { ref } }]);
  });
});

describe('a dispute', () => {
  const dispute = (status: string): object => ({
    id: 'du_1',
    object: 'dispute',
    status,
    amount: 1000,
    currency: 'brl',
    payment_intent: ref,
    created: seconds,
  });
  it.each([
    ['needs_response', ['taken']],
    ['under_review', ['taken']],
    ['lost', ['taken']],
    ['won', ['taken', 'given']],
    ['warning_needs_response', []],
    ['warning_closed', []],
  ])('%s', (status, kinds) => {
    const read = wire.disputeOf(dispute(status));
    expect(read && news.disputedOf(read, at).map(({ kind }) => kind)).toEqual(kinds);
  });
  it('of a new status is not understood', () => expect(wire.disputeOf(dispute('x'))).toBeUndefined());

  it.each([
    ['charge.dispute.created', 'needs_response', 'taken'],
    ['charge.dispute.created', 'warning_needs_response', undefined],
    ['charge.dispute.funds_withdrawn', 'won', 'taken'],
    ['charge.dispute.funds_reinstated', 'under_review', 'given'],
    ['charge.dispute.closed', 'lost', 'taken'],
  ])('%s, now %s: %s', (type, status, kind) => {
    const about = { ref };
    const moved = {
      kind: 'event',
      id: 'evt_1',
      about,
      news: expect.objectContaining({ kind, id: 'du_1', amount: ten }),
    };
    expect(told(type, dispute(status))).toEqual([kind === undefined ? { kind: 'hint', about } : moved]);
  });
});

describe('a payment that is canceled', () => {
  const gone = (over: object): object => ({
    id: ref,
    object: 'payment_intent',
    status: 'canceled',
    amount: 1000,
    amount_received: 0,
    amount_capturable: 0,
    currency: 'brl',
    capture_method: 'manual',
    created: seconds,
    metadata: { attempt: key },
    latest_charge: 'ch_1',
    ...over,
  });
  const problem = { type: 'card_error', code: 'expired_card', message: 'Expired.' };
  const about = { key, ref };
  it.each([
    ['after a hold, perhaps, is looked at', {}, { kind: 'hint', about }],
    ['and was never to be held', { capture_method: 'automatic' }, { news: { kind: 'declined', code: 'cancelled' } }],
    ['for its card', { last_payment_error: problem }, { news: { kind: 'declined', code: 'card_expired' } }],
  ])('%s', (_, over, expected) => {
    expect(told('payment_intent.canceled', gone(over))).toMatchObject([{ about, ...expected }]);
  });
});
