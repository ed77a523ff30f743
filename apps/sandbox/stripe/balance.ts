import { Wrong, check } from '@apps/sandbox/question.js';
import { oneOf } from '@apps/sandbox/schema.js';
import { type Call, type Reply, done } from './call.js';
import { page } from './lists.js';
import { params, text } from './params.js';
import { missing } from './refusal.js';
import { type Room, identity, seconds, units } from './room.js';
import type { Shape } from './shapes.js';
import { type Payout, type Transaction, payouts, transactions } from './tables.js';
import { Turn } from './turn.js';

const daySeconds = 86_400;
const categories: Readonly<Record<Transaction['type'], string>> = {
  charge: 'charge',
  refund: 'refund',
  refund_failure: 'refund_failure',
  adjustment: 'dispute',
  payout: 'payout',
};

function transactionShape(row: Transaction): Shape {
  const { id, type, amount, fee, currency, created, source } = row;
  const available = created + (type === 'charge' ? 2 * daySeconds : 0);
  const kept = { amount: units(fee), application: null, currency, description: 'Stripe processing fees' };
  return {
    id,
    object: 'balance_transaction',
    amount: units(amount),
    available_on: available,
    balance_type: 'payments',
    created,
    currency,
    description: null,
    exchange_rate: null,
    fee: units(fee),
    fee_details: fee === 0n ? [] : [{ ...kept, type: 'stripe_fee' }],
    net: units(amount - fee),
    reporting_category: type === 'adjustment' && amount > 0n ? 'dispute_reversal' : categories[type],
    source,
    status: available > seconds() ? 'pending' : 'available',
    type,
  };
}

/** `GET /v1/balance_transactions`. */
export const listTransactions = (call: Call): Reply =>
  page(
    call,
    '/v1/balance_transactions',
    [...call.turn.room.world.of(transactions).values()],
    { currency: text(), payout: text(), source: text(), type: text() },
    (row, it) =>
      (it.currency ?? row.currency) === row.currency &&
      (it.type ?? row.type) === row.type &&
      (it.source ?? it.payout ?? row.source) === row.source,
    transactionShape,
  );

/** `GET /v1/balance_transactions/{id}`. */
export function findTransaction({ turn, path, form }: Call): Reply {
  params(form, {});
  const id = path['id'] ?? '';
  const found = turn.find(transactions, id);
  if (!found) throw missing('balance_transaction', id, 'id');
  return done(transactionShape(found));
}

export const payoutShape = ({ id, amount, currency, created, transaction }: Payout): Shape => ({
  id,
  object: 'payout',
  amount: units(amount),
  application_fee: null,
  application_fee_amount: null,
  arrival_date: created,
  automatic: true,
  balance_transaction: transaction,
  created,
  currency,
  description: null,
  destination: null,
  failure_balance_transaction: null,
  failure_code: null,
  failure_message: null,
  livemode: false,
  metadata: {},
  method: 'standard',
  original_payout: null,
  payout_method: null,
  reconciliation_status: 'completed',
  reversed_by: null,
  source_type: 'card',
  statement_descriptor: null,
  status: 'paid',
  trace_id: null,
  type: 'bank_account',
});

/** The provider pays everything that it holds in a currency to the customer's bank. */
export function payOut(room: Room, body: unknown): unknown {
  check(body, { currency: oneOf(['brl', 'eur']) });
  const { currency } = body as { readonly currency: string };
  const held = [...room.world.of(transactions).values()].filter((it) => it.currency === currency);
  const amount = held.reduce((total, it) => total + it.amount - it.fee, 0n);
  if (amount <= 0n) throw new Wrong(409, 'nothing is held in this currency');
  const turn = new Turn(room);
  const id = identity('po');
  const transaction = turn.book('payout', id, -amount, currency);
  turn.put(payouts, { id, amount, currency, created: seconds(), transaction });
  turn.commit();
  return { id, amount };
}
