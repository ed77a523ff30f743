import { describe, expect, it } from 'vitest';
import { linesOf } from './stripe.statement.js';

const row = (over: object): Readonly<Record<string, unknown>> => ({
  id: 'txn_1',
  object: 'balance_transaction',
  type: 'charge',
  amount: 1000,
  fee: 0,
  currency: 'brl',
  created: 1_760_000_000,
  source: { id: 'ch_1', object: 'charge', payment_intent: 'pi_1' },
  ...over,
});
const refund = { id: 're_1', object: 'refund', metadata: { attempt: 'k' } };
const dispute = { id: 'du_1', object: 'dispute', payment_intent: 'pi_1' };

describe('a balance transaction', () => {
  it.each<[string, object, readonly unknown[]]>([
    ['a charge', { fee: 79 }, ['received ch_1 1000 {"ref":"pi_1"}', 'fee txn_1 79 {"ref":"pi_1"}']],
    ['a refund', { type: 'refund', amount: -300, source: refund }, ['sent re_1 300 {"key":"k","ref":"re_1"}']],
    [
      'a refund that came back',
      { type: 'refund_failure', source: { ...refund, metadata: {} } },
      ['returned re_1 1000 {"ref":"re_1"}'],
    ],
    [
      'a dispute, and what it costs besides',
      { type: 'adjustment', amount: -1000, fee: 5500, source: dispute },
      ['taken du_1 1000 {"ref":"pi_1"}', 'fee txn_1 5500 {}'],
    ],
    ['a dispute won', { type: 'adjustment', source: dispute }, ['given du_1 1000 {"ref":"pi_1"}']],
    ['a payout', { type: 'payout', amount: -921, source: { id: 'po_1', object: 'payout' } }, ['banked po_1 921 {}']],
    ['a payout that came back', { type: 'payout_failure', source: { id: 'po_1' } }, ['received txn_1 1000 {}']],
    ['a price', { type: 'stripe_fee', amount: -200, source: null }, ['fee txn_1 200 {}']],
    ['a price given back', { amount: 0, fee: -20 }, ['received txn_1 20 {}']],
    ['a word that nobody knows', { type: 'new', amount: -5, source: 'x_1' }, ['sent txn_1 5 {}']],
    ['nothing', { amount: 0 }, []],
  ])('%s', (_, over, expected) => {
    const lines = linesOf(row(over))!;
    expect(lines.map(({ kind, id, amount, about }) => `${kind} ${id} ${amount} ${JSON.stringify(about)}`)).toEqual(
      expected,
    );
    expect(new Set(lines.map(({ line }) => line)).size).toBe(lines.length);
  });

  it.each([
    { currency: 'usd' },
    { amount: '10' },
    { amount: 1.5 },
    { fee: null },
    { created: null },
    { type: null },
    { id: '' },
  ])('cannot be read: %j', (over) => {
    expect(linesOf(row(over))).toBeUndefined();
  });
});
