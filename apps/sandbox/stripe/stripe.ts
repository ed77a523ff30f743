import { keptAccount } from '@apps/sandbox/certificates.js';
import { kinds } from '@apps/sandbox/faults.js';
import { type Control, Wrong, check } from '@apps/sandbox/question.js';
import { oneOf, optional } from '@apps/sandbox/schema.js';
import { simulator } from '@apps/sandbox/simulator.js';
import { payOut } from './balance.js';
import { challenge } from './challenges.js';
import { close, open, waits } from './disputes.js';
import { calling } from './endpoints.js';
import { fulfilLater } from './fates.js';
import { Keys } from './keys.js';
import { decideLater } from './refunds.js';
import { live } from './releases.js';
import { type Account, type Room, identity } from './room.js';
import { serve } from './serve.js';
import { charges, disputes, fates, refunds, tables } from './tables.js';
import { Turn } from './turn.js';
import { wire } from './wire.js';

const account = (directory: string): Account =>
  keptAccount(directory, 'stripe', () => ({
    id: identity('acct', 16),
    secretKey: `sk_test_${identity('k', 32).slice(2)}`,
  }));

function answerBank(room: Room, id: string, body: unknown): unknown {
  check(body, { result: oneOf(['succeed', 'decline']) });
  const { result } = body as { readonly result: 'succeed' | 'decline' };
  const answered = challenge(room, id, result);
  if (answered === undefined) return undefined;
  if (!answered) throw new Wrong(409, 'nobody is asked for this payment');
  return { id, result };
}

/** Opens a dispute of a payment, or ends the one that is open. */
function dispute(room: Room, id: string, body: unknown): unknown {
  check(body, { result: optional(oneOf(['won', 'lost'])) });
  const turn = new Turn(room);
  const intent = live(turn, id);
  if (!intent) return undefined;
  const { result } = body as { readonly result?: 'won' | 'lost' };
  const last = [...room.world.of(disputes).values()].findLast((it) => it.intent === id && waits(it));
  const charge = turn.find(charges, intent.charge ?? '');
  const done = result ? last && close(turn, last, result) : charge && open(turn, charge, 'fraudulent');
  if (!done) throw new Wrong(409, result ? 'no dispute is open' : 'nothing of this payment can be disputed');
  turn.commit();
  return { id: done.id, amount: done.amount, status: done.status };
}

const controls = (room: Room): readonly Control[] => [
  {
    method: 'POST',
    path: /^\/_sim\/cards\/([^/]+)\/3ds$/,
    missing: 'no payment has this id',
    act: ({ id, body }) => answerBank(room, id, body),
  },
  {
    method: 'POST',
    path: /^\/_sim\/cards\/([^/]+)\/dispute$/,
    missing: 'no payment has this id',
    act: ({ id, body }) => dispute(room, id, body),
  },
  { method: 'POST', path: /^\/_sim\/payouts$/, act: ({ body }) => payOut(room, body) },
];

/** What an earlier process had still to do. */
function resume(room: Room): void {
  for (const refund of room.world.of(refunds).values()) decideLater(room, refund);
  for (const fate of room.world.of(fates).values()) fulfilLater(room, fate);
}

/** Stripe's side of the wire: cards. */
export const stripe = simulator<'stripe', Account>({
  id: 'stripe',
  scheme: 'plain',
  port: 'next',
  operations: [
    'cards.authorize',
    'cards.capture',
    'cards.void',
    'cards.refund',
    'cards.find',
    'cards.dispute',
    'intents.create',
    'intents.update',
    'account',
    'method',
    'refund',
    'dispute',
    'webhook',
    'event',
    'statement',
  ],
  aside: ['account', 'method', 'refund', 'dispute', 'webhook', 'event', 'statement', 'intents.update'],
  kinds: [...kinds.filter((kind) => kind !== 'second_payment'), 'portal_void', 'wrong_store_404'],
  tables,
  calling: calling(wire),
  account,
  open: (ground) => {
    const room: Room = { ...ground, wire };
    const keys = new Keys(room);
    return { serve: (line) => serve(room, keys, line), controls: controls(room), resume: () => resume(room) };
  },
});
