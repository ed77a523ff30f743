import type { Operation } from '@libs/providers/contract/acts.js';
import type { ProviderId } from '@libs/providers/contract/provider.js';
import { kinds } from '@apps/sandbox/faults.js';
import { peers } from './peers.js';

/**
 * What an adapter makes of an act under a fault, how often the act has then happened, and what questions put afterwards
 * are told, one after another: `says effects found>found`. One row for every kind of fault that the simulated world
 * knows, in it one field for each act.
 */
type Field = (operation: Operation, says: string) => string;
export type Kind = (typeof kinds)[number] | 'portal_void' | 'wrong_store_404';

/** The simulator refuses to play it: it means nothing there. */
export const unplayed = 'unplayed';

/** What an act says when nothing goes wrong, where its provider does it at once. */
const says: Readonly<Record<Operation, 'pending' | 'done'>> = {
  'pix.create': 'pending',
  'pix.cancel': 'done',
  'pix.refund': 'pending',
  'bankslip.create': 'pending',
  'bankslip.cancel': 'done',
  'cards.authorize': 'done',
  'cards.capture': 'done',
  'cards.void': 'done',
  'cards.refund': 'done',
};
const plain: Field = (_, says) => `${says} 1 done`;
/** Nothing arrived: an absence, which is a word about now and no proof yet. */
const nothing =
  (said: string): Field =>
  () =>
    `${said} 0 absent`;
const lost =
  (said: string): Field =>
  () =>
    `${said} 1 done`;
const befalls =
  (question: string): Field =>
  (_, says) =>
    `${says} 1 ${question}>done`;
/** A row that is this one, but at some acts. */
const but =
  (row: Field, fields: Readonly<Partial<Record<Operation, string | Field>>>): Field =>
  (operation, says) => {
    const field = fields[operation] ?? row;
    return typeof field === 'string' ? field : field(operation, says);
  };

const table: Readonly<Record<(typeof kinds)[number], Field>> = {
  refuse: nothing('unsent:refused'),
  timeout_before: nothing('unknown:timeout'),
  http_500_before: nothing('unknown:fault'),
  http_429: nothing('unsent:limited'),
  http_401: nothing('unsent:credentials'),
  timeout_after: lost('unknown:timeout'),
  reset_after: lost('unknown:dropped'),
  slow: lost('unknown:timeout'),
  http_500_after: lost('unknown:fault'),
  garbled: lost('unknown:garbled'),
  truncated: lost('unknown:dropped'),
  // What lets something go moves no amount.
  wrong_amount: but(lost('unknown:garbled'), { 'pix.cancel': plain, 'bankslip.cancel': plain, 'cards.void': plain }),
  find_refused: befalls('unknown:fault'),
  // What cannot be found says nothing of what was done to it.
  find_404_then_found: but(befalls('absent'), {
    'pix.cancel': befalls('unknown:fault'),
    'bankslip.cancel': befalls('unknown:fault'),
    'cards.capture': befalls('unknown:fault'),
    'cards.void': befalls('unknown:fault'),
  }),
  duplicate_callback: plain,
  late_callback: plain,
  no_callback: plain,
  reordered_callbacks: plain,
  forged_callback: plain,
  same_callback_twice_different_state: plain,
  duplicate_key_first_send: but(plain, {
    'pix.create': 'unknown:duplicate 0 unknown:garbled',
    'cards.authorize': 'unknown:duplicate 0 unknown:garbled',
  }),
  second_payment: but(plain, {
    'pix.create': 'pending 1 done+received',
    'cards.authorize': unplayed,
    'cards.capture': unplayed,
    'cards.void': unplayed,
    'cards.refund': unplayed,
  }),
  refund_fails: but(plain, {
    'pix.refund': 'pending 0 declined:our_balance',
    'cards.refund': 'declined:our_balance 0 absent',
  }),
  refund_fails_after_success: but(plain, { 'pix.refund': 'pending 0 done>declined:not_allowed' }),
  chargeback: but(plain, { 'pix.create': 'pending 1 done>done+taken', 'cards.authorize': 'done 1 done>done+taken' }),
};

type Row = Readonly<Partial<Record<Operation | '*', string | Field>>>;
const blind = 'unknown:fault 0 absent';
const unseen = 'done 1 unknown:fault>done';
/** It asks before it acts, and does not act when it is not told. */
const unasked = 'unsent:unready 0 absent';

/** What has no name of ours: nobody has seen the code, nobody can tell the sale from another's. */
const forgotten = (said: string): Row => ({
  'pix.create': `${said} 1 absent`,
  'pix.cancel': `${said} 1 absent`,
  'cards.authorize': `${said} 1 unknown:early`,
});

/** Where a provider differs, for reasons that the evidence or the contract's ninth rule gives. */
const deviations: Readonly<Record<ProviderId, Readonly<Partial<Record<Kind, Row>>>>> = {
  gerencianet: {
    // The token is renewed, and the act made for the first time.
    http_401: {
      'pix.create': 'pending 1 done',
      'pix.cancel': 'done 1 done',
      'pix.refund': 'pending 1 done',
      'bankslip.create': 'pending 1 done',
      'bankslip.cancel': 'done 1 done',
    },
    // Nothing refuses a number that was used: there are two charges, and one is a twin.
    duplicate_key_first_send: { 'bankslip.create': 'pending 2 done+twin' },
  },
  cielo: {
    // Its sheet does not say that nothing was executed.
    http_429: { '*': blind },
    http_401: { '*': blind },
    // Neither answer states an amount; the sale does, for a capture.
    wrong_amount: { 'cards.capture': 'done 1 done', 'cards.refund': 'done 1 done', 'pix.refund': 'pending 1 done' },
    // The sale is asked for the amount of a capture; and a 404 may be another store's.
    refuse: { 'pix.cancel': unasked, 'pix.refund': unasked },
    find_refused: {
      'cards.capture': 'unknown:fault 1 done',
      'pix.cancel': unasked,
      'pix.refund': unasked,
    },
    find_404_then_found: {
      'cards.capture': 'unknown:fault 1 done',
      'cards.refund': unseen,
      'pix.cancel': unasked,
      'pix.refund': unasked,
    },
    // Nothing refuses a number that was used: there are two sales, and one is a twin.
    duplicate_key_first_send: {
      'cards.authorize': 'done 2 done+twin',
      'pix.create': 'pending 2 done+twin',
      'bankslip.create': 'pending 2 done+twin',
    },
    second_payment: { '*': unplayed },
    chargeback: { 'pix.create': 'pending 1 done' },
    // Its state is what it was before, as if nobody had asked.
    refund_fails: { 'pix.refund': 'pending 0 absent' },
    refund_fails_after_success: { 'cards.refund': 'done 0 done>absent', 'pix.refund': 'pending 0 done>absent' },
    portal_void: {
      'cards.refund': 'done 1 unknown:stray',
      'pix.create': 'pending 1 done',
      'pix.cancel': 'pending 1 done',
      'pix.refund': 'pending 1 done',
      'bankslip.create': 'pending 1 done',
      '*': 'done 1 done',
    },
    wrong_store_404: {
      'cards.authorize': 'done 1 absent>done',
      'pix.create': 'pending 1 absent>done',
      'pix.cancel': unasked,
      'pix.refund': unasked,
      'bankslip.create': 'pending 1 absent>done',
      '*': blind,
    },
  },
  pinbank: {
    // Only its own 401 proves that nothing was executed: the token is renewed, and the act made for the first time.
    http_429: { '*': blind },
    http_401: { '*': plain },
    timeout_after: forgotten('unknown:timeout'),
    reset_after: forgotten('unknown:dropped'),
    slow: forgotten('unknown:timeout'),
    http_500_after: forgotten('unknown:fault'),
    garbled: forgotten('unknown:garbled'),
    truncated: forgotten('unknown:dropped'),
    // No answer of a card's states an amount.
    wrong_amount: { 'cards.authorize': plain, 'cards.capture': plain, 'cards.refund': plain },
    // The amount of a hold is asked for, and without it nothing is let go.
    find_refused: { 'cards.void': 'unsent:refused 0 absent' },
    // A code that is not there is a refusal like any other; of a sale the whole month is asked for then.
    find_404_then_found: {
      'pix.create': befalls('unknown:fault'),
      'cards.authorize': plain,
      'cards.capture': plain,
      'cards.void': plain,
      'cards.refund': plain,
    },
    // Only its event says that a code was paid.
    no_callback: { 'pix.create': 'pending 1 pending' },
    duplicate_key_first_send: {
      'pix.create': 'pending 2 done',
      'bankslip.create': 'pending 2 done+twin',
      'cards.authorize': 'done 2 done',
    },
    second_payment: { '*': plain },
    refund_fails: { 'cards.refund': 'pending 0 absent' },
    refund_fails_after_success: { 'cards.refund': 'pending 0 done>absent' },
    // No event is known for it.
    chargeback: { 'pix.create': plain },
  },
  stripe: {
    // A used key is refused, and nothing that bears it stands in the whole list.
    duplicate_key_first_send: { '*': 'unknown:duplicate 0 absent' },
    refund_fails: { 'cards.refund': 'pending 0 declined:not_allowed' },
    // Its own word is that what had left has come back.
    refund_fails_after_success: { 'cards.refund': 'done 0 done>done+returned' },
    portal_void: { '*': 'done 1 done' },
    wrong_store_404: { 'cards.authorize': 'done 1 absent>done', 'cards.refund': 'done 1 absent>done', '*': unseen },
  },
};

/** Every kind that a provider is asked to play. */
export const kindsOf = (provider: ProviderId): readonly Kind[] => [
  ...kinds,
  ...(Object.keys(deviations[provider] ?? {}) as Kind[]).filter((it) => !(it in table)),
];

/** What is expected of an act of a provider under a kind of fault. */
export function expected(provider: ProviderId, kind: Kind, operation: Operation): string {
  const row = deviations[provider]?.[kind];
  const said = row?.[operation] ?? row?.['*'];
  const usual = peers[provider]?.later?.includes(operation) ? 'pending' : says[operation];
  if (said !== undefined) return typeof said === 'string' ? said : said(operation, usual);
  if (!(kind in table)) throw new Error(`faults.table.ts expects nothing of ${provider} under ${kind}`);
  return table[kind as keyof typeof table](operation, usual);
}

export const rows = Object.keys(table);
