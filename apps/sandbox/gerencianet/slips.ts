import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import { now } from '@libs/kernel/clock.js';
import { codesOf } from '@apps/sandbox/barcode.js';
import { localDay } from '@apps/sandbox/days.js';
import type { Asked } from '@apps/sandbox/front.js';
import { flaws } from '@apps/sandbox/schema.js';
import type { Answer } from '@apps/sandbox/transport.js';
import type { Room } from './room.js';
import { dueDate, metadata, payableDay, strict, termsOf } from './slips.checks.js';
import { type Code, numbered } from './slips.codes.js';
import { type Slip, type SlipStatus, type SlipTerms, slipTable } from './slips.rows.js';
import { createdShape } from './slips.shapes.js';
import { claim, commit, current, news, tell, turned } from './slips.tell.js';

const act = 'bankslip.create';
const done: Answer = { status: 200, body: { code: 200 } };

/** Another of its charges cannot have the same bar code: the number of the charge is in it. */
const coded = (id: number, due: string, amount: bigint) =>
  codesOf({ bank: '364', due, amount, free: `00007000143342${String(id).padStart(11, '0')}` });

function drawn(room: Room, terms: SlipTerms): Slip {
  const slips = room.world.of(slipTable);
  let id: number;
  do id = randomInt(100_000_000, 1_000_000_000);
  while (slips.has(`${id}`));
  const at = now().toISOString();
  return {
    ...terms,
    id,
    token: randomUUID(),
    ...coded(id, terms.expireAt, terms.total),
    place: `qrcodespix.sejaefi.com.br/bolix/v2/${randomBytes(16).toString('hex')}`,
    status: 'waiting',
    at,
    payments: [],
    notices: [
      { current: 'new', previous: null, at },
      { current: 'waiting', previous: 'new', at },
    ],
    read: 0,
  };
}

/** Three charges that are the same in everything are believed to be a mistake. */
function identical(room: Room, terms: SlipTerms): boolean {
  const { slipIdentical } = room.wire;
  if (slipIdentical === 'never') return false;
  const core = ({ items, shippings, customer, expireAt }: SlipTerms): string =>
    JSON.stringify([items, shippings, customer, expireAt]);
  const wanted = core(terms);
  const today = localDay(now().toISOString());
  const same = [...room.world.of(slipTable).values()].filter((it) => {
    const order = slipIdentical === 'whateverOrder' || it.customId === terms.customId;
    return order && it.total === terms.total && localDay(it.at) === today && core(it) === wanted;
  });
  return same.length >= 2;
}

/** The charge is there before anybody can be notified: where, stands in it. */
function issued(room: Room, slip: Slip): Slip {
  const made = room.effect(act, slip.customId ?? '', `${slip.id}`, slip.total);
  commit(room, slip, [made]);
  if (room.wire.slipTellsCreation) tell(room, news(room, 'notice', slip));
  return slip;
}

/** What a call brought, if it was JSON. */
export function sent({ body }: Asked): unknown {
  if ('json' in body) return body.json;
  throw numbered(400, 3500042);
}

/** `POST /v1/charge/one-step` with a slip: a new charge each time, whatever its custom_id. */
export function createSlip(room: Room, asked: Asked): Answer {
  const terms = termsOf(room, sent(asked));
  if (identical(room, terms)) throw numbered(400, 4600210);
  // A second charge that nobody here asked for, as a repeated call leaves one behind.
  if (room.faults.take(act, ['duplicate_key_first_send'], terms.customId)) issued(room, drawn(room, terms));
  const slip = issued(room, drawn(room, terms));
  tell(room, claim(room, act, slip));
  return { status: 200, body: createdShape(room, slip) };
}

export const unknown = ({ wire }: Room, property: string) => numbered(wire.slipMissingStatus, 3500010, property);

/** The charge of a call, as it stands today. */
export function found(room: Room, { path }: Asked): Slip {
  const slip = room.world.of(slipTable).get(path['id'] ?? '');
  if (!slip) throw unknown(room, 'charge_id');
  return current(room, slip);
}

/** Throws unless the charge is in one of these states. */
function open(slip: Slip, code: Code, states: readonly SlipStatus[] = ['waiting', 'unpaid']): void {
  if (!states.includes(slip.status)) throw numbered(400, code, slip.status);
}

export function cancel(room: Room, slip: Slip): Slip {
  open(slip, 3500043, ['new', 'waiting', 'unpaid']);
  const next = turned(slip, 'canceled');
  const made = room.effect('bankslip.cancel', `${slip.id}`, `${slip.id}`, slip.total);
  return commit(room, next, [made], news(room, 'bankslip.cancel', next));
}

/** `PUT /v1/charge/{id}/cancel`. */
export function cancelSlip(room: Room, asked: Asked): Answer {
  cancel(room, found(room, asked));
  return done;
}

/** Somebody says that it was paid elsewhere: no money comes by it. */
export function settle(room: Room, slip: Slip): Slip {
  open(slip, 3500044);
  const next = turned(slip, 'settled');
  const made = room.effect('bankslip.settle', `${slip.id}`, `${slip.id}`, slip.total);
  return commit(room, next, [made], news(room, 'notice', next));
}

/** `PUT /v1/charge/{id}/settle`. */
export function settleSlip(room: Room, asked: Asked): Answer {
  settle(room, found(room, asked));
  return done;
}

/** `PUT /v1/charge/{id}/billet`: another day, and with it another bar code. */
export function moveSlip(room: Room, asked: Asked): Answer {
  const slip = found(room, asked);
  const body = sent(asked);
  strict(flaws(body, dueDate));
  const { expire_at: expireAt } = body as { readonly expire_at: string };
  payableDay(expireAt);
  open(slip, 3500038);
  const next = slip.status === 'waiting' ? slip : turned(slip, 'waiting');
  commit(room, { ...next, expireAt, ...coded(slip.id, expireAt, slip.total) }, []);
  return done;
}

/** `PUT /v1/charge/{id}/metadata`: another number of the customer's, another address for notifications. */
export function nameSlip(room: Room, asked: Asked): Answer {
  const slip = found(room, asked);
  const body = sent(asked);
  strict(flaws(body, metadata(room)));
  const given = body as { readonly custom_id?: string; readonly notification_url?: string };
  const { custom_id: customId = slip.customId, notification_url: notifyUrl = slip.notifyUrl } = given;
  commit(room, { ...slip, customId, notifyUrl }, []);
  return done;
}
