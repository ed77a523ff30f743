import { isDay, localDay } from '@apps/sandbox/days.js';
import type { Asked } from '@apps/sandbox/front.js';
import { type Rule, flaws, integer, oneOf, optional, text } from '@apps/sandbox/schema.js';
import type { Answer } from '@apps/sandbox/transport.js';
import type { Room } from './room.js';
import { strict } from './slips.checks.js';
import { numbered } from './slips.codes.js';
import { type Slip, slipTable } from './slips.rows.js';
import { detailShape, listedShape, noticeShape } from './slips.shapes.js';
import { current, read } from './slips.tell.js';
import { found, unknown } from './slips.js';

/** `GET /v1/charge/{id}`. */
export const findSlip = (room: Room, asked: Asked): Answer => ({
  status: 200,
  body: detailShape(room, found(room, asked)),
});

const day = text(19, /^\d{4}-\d\d-\d\d( \d\d:\d\d:\d\d)?$/);
const statuses = 'new waiting link paid unpaid canceled identified settled expired'.split(' ');
const filters = ({ wire }: Room): Readonly<Record<string, Rule>> => ({
  charge_type: oneOf(['billet', 'carnet', 'subscription', 'card']),
  begin_date: day,
  end_date: day,
  date_of: optional(oneOf(['creation', 'payment', 'expired'])),
  status: optional(oneOf(statuses)),
  customer_document: optional(text(14, /^[0-9A-Z]{11,14}$/)),
  custom_id: optional(text(255)),
  value: optional(integer(0, 9_999_999_999)),
  limit: optional(integer(1, wire.slipPage.most)),
  page: optional(integer(1, 1_000_000)),
});
const whole = ['value', 'limit', 'page'];

interface Wanted {
  readonly charge_type: string;
  readonly begin_date: string;
  readonly end_date: string;
  readonly date_of?: 'creation' | 'payment' | 'expired';
  readonly status?: string;
  readonly customer_document?: string;
  readonly custom_id?: string;
  readonly value?: number;
  readonly limit?: number;
  readonly page?: number;
}

/** The query as the values that it means; a number that is none stays a text, and is refused as such. */
function wantedBy(room: Room, { query }: Asked): Wanted {
  const given = [...query].map(([name, value]): [string, unknown] => [
    name,
    whole.includes(name) && /^\d{1,10}$/.test(value) ? Number.parseInt(value, 10) : value,
  ]);
  const wanted = Object.fromEntries(given);
  strict(flaws(wanted, filters(room)));
  for (const name of ['begin_date', 'end_date'] as const)
    if (!isDay(String(wanted[name]).slice(0, 10))) throw numbered(400, 4600060);
  return wanted as unknown as Wanted;
}

/** The days by which a charge is in a period or not. */
function daysOf(slip: Slip, by: Wanted['date_of'] = 'creation'): readonly string[] {
  if (by === 'expired') return [slip.expireAt];
  return by === 'creation' ? [localDay(slip.at)] : slip.payments.map(({ at }) => localDay(at));
}

function fits(slip: Slip, wanted: Wanted): boolean {
  const [from, to] = [wanted.begin_date.slice(0, 10), wanted.end_date.slice(0, 10)];
  const firm = slip.customer['juridical_person'] as { readonly cnpj: string } | undefined;
  const { custom_id, value, customer_document: document } = wanted;
  return (
    (custom_id === undefined || slip.customId === custom_id) &&
    (value === undefined || slip.total === BigInt(value)) &&
    (document === undefined || [slip.customer['cpf'], firm?.cnpj].includes(document)) &&
    daysOf(slip, wanted.date_of).some((it) => it >= from && it <= to)
  );
}

function listed(room: Room, wanted: Wanted, all: readonly Slip[]): Answer {
  const { begin_date, end_date, limit = room.wire.slipPage.usual, page = 1 } = wanted;
  const offset = (page - 1) * limit;
  return {
    status: 200,
    body: {
      code: 200,
      data: all.slice(offset, offset + limit).map((slip) => listedShape(room, slip)),
      params: { begin_date, end_date, pagination: { limit, offset, page } },
    },
  };
}

/** `GET /v1/charges`: the charges of a period, oldest first, by pages counted from 1. Here they are all slips. */
export function listSlips(room: Room, asked: Asked): Answer {
  const wanted = wantedBy(room, asked);
  const slips = wanted.charge_type === 'billet' ? [...room.world.of(slipTable).values()] : [];
  const all = slips.filter((slip) => fits(slip, wanted)).map((slip) => current(room, slip));
  return listed(
    room,
    wanted,
    all.filter(({ status }) => (wanted.status ?? status) === status),
  );
}

/** The list in which nothing is found. */
export const listNone = (room: Room, asked: Asked): Answer => listed(room, wantedBy(room, asked), []);

/** `GET /v1/notification/{token}`: everything that has become of a charge; the last element is how it stands. */
export function findNotices(room: Room, asked: Asked): Answer {
  const known = [...room.world.of(slipTable).values()].find(({ token }) => token === asked.path['token']);
  if (!known) throw unknown(room, 'token');
  const slip = current(room, known);
  read(room, slip);
  return { status: 200, body: { code: 200, data: slip.notices.map((notice, at) => noticeShape(slip, notice, at)) } };
}
