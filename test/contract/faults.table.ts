import type { Operation } from '@libs/providers/contract/acts.js';
import type { ProviderId } from '@libs/providers/contract/provider.js';
import { kinds } from '@apps/sandbox/faults.js';

/**
 * What an adapter makes of an act under a fault, how often the act has then happened, and what questions put afterwards
 * are told, one after another: `says effects found>found`. One row for every kind of fault that the simulated world
 * knows, in it one field for each act.
 */
type Field = (operation: Operation) => string;
export type Kind = (typeof kinds)[number] | 'portal_void' | 'wrong_store_404';

/** The simulator refuses to play it: it means nothing there. */
export const unplayed = 'unplayed';

/** What an act says when nothing goes wrong. */
const says: Readonly<Record<Operation, 'pending' | 'done'>> = {
  'pix.create': 'pending',
  'pix.cancel': 'done',
  'pix.refund': 'pending',
  'cards.authorize': 'done',
  'cards.capture': 'done',
  'cards.void': 'done',
  'cards.refund': 'done',
};
const plain: Field = (operation) => `${says[operation]} 1 done`;
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
  (operation) =>
    `${says[operation]} 1 ${question}>done`;
/** A row that is this one, but at some acts. */
const but =
  (row: Field, fields: Readonly<Partial<Record<Operation, string>>>): Field =>
  (operation) =>
    fields[operation] ?? row(operation);

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
  wrong_amount: but(lost('unknown:garbled'), { 'pix.cancel': plain('pix.cancel'), 'cards.void': plain('cards.void') }),
  find_refused: befalls('unknown:fault'),
  // What cannot be found says nothing of what was done to it.
  find_404_then_found: but(befalls('absent'), {
    'pix.cancel': befalls('unknown:fault')('pix.cancel'),
    'cards.capture': befalls('unknown:fault')('cards.capture'),
    'cards.void': befalls('unknown:fault')('cards.void'),
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

type Row = Readonly<Partial<Record<Operation | '*', string>>>;
const blind = 'unknown:fault 0 absent';
const unseen = 'done 1 unknown:fault>done';

/** Where a provider differs, for reasons that the evidence or the contract's ninth rule gives. */
const deviations: Readonly<Record<ProviderId, Readonly<Partial<Record<Kind, Row>>>>> = {
  gerencianet: {
    // The token is renewed, and the act made for the first time.
    http_401: { 'pix.create': 'pending 1 done', 'pix.cancel': 'done 1 done', 'pix.refund': 'pending 1 done' },
  },
  cielo: {
    // Its sheet does not say that nothing was executed.
    http_429: { '*': blind },
    http_401: { '*': blind },
    // Neither answer states an amount; the sale does, for a capture.
    wrong_amount: { 'cards.capture': 'done 1 done', 'cards.refund': 'done 1 done' },
    // The sale is asked for the amount of a capture; and a 404 may be another store's.
    find_refused: { 'cards.capture': 'unknown:fault 1 done' },
    find_404_then_found: {
      'cards.capture': 'unknown:fault 1 done',
      'cards.refund': unseen,
    },
    // Nothing refuses a number that was used: there are two sales, and one is a twin.
    duplicate_key_first_send: { 'cards.authorize': 'done 2 done+twin' },
    // Its state is what it was before, as if nobody had asked.
    refund_fails_after_success: { 'cards.refund': 'done 0 done>absent' },
    portal_void: { 'cards.refund': 'done 1 unknown:garbled', '*': 'done 1 done' },
    wrong_store_404: { 'cards.authorize': 'done 1 absent>done', '*': blind },
  },
  stripe: {
    // A used key is refused, and nothing that bears it stands in the whole list.
    duplicate_key_first_send: { '*': 'unknown:duplicate 0 absent' },
    refund_fails: { 'cards.refund': 'pending 0 declined:not_allowed' },
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
  if (said !== undefined) return said;
  if (!(kind in table)) throw new Error(`faults.table.ts expects nothing of ${provider} under ${kind}`);
  return table[kind as keyof typeof table](operation);
}

export const rows = Object.keys(table);
