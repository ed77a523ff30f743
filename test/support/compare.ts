import { operations } from '@libs/providers/contract/acts.js';
import { type App, rows } from './app.js';
import type { Receiver } from './receiver.js';
import type { Effect, Scene } from './scene.js';

/** What the simulated world has seen and we do not stand to, or the other way round, and what happened twice. */
export interface Compared {
  readonly doubles: readonly string[];
  readonly lost: readonly string[];
  /** All addresses of our ledger together, those with a balance row as the row says. */
  readonly sum: number;
  /** What our ledger says that the provider holds for us, less what it holds. */
  readonly off: number;
  /** Events that the merchant's server was never told. */
  readonly untold: readonly string[];
  /** Sequences of an object and a type that do not run from one to their number. */
  readonly gaps: readonly string[];
}
export const even: Compared = { doubles: [], lost: [], sum: 0, off: 0, untold: [], gaps: [] };

/** Our records beside the provider's own list of effects, and beside what the merchant's server was told. */
export async function compare(scene: Scene, shop: Pick<Receiver, 'got'>): Promise<Compared> {
  const effects = await scene.effects();
  const [calls, { sum, held }, events] = [await calledBy(scene.app), await booksOf(scene.app), await toldBy(scene.app)];
  const told = new Set(shop.got.map(({ headers }) => headers['webhook-id']));
  const holds = new Set(calls.filter(({ hold }) => hold).map(({ key }) => key));
  const moved = ({ operation, key, amount }: Effect): number =>
    comes.has(operation) && !holds.has(key) ? amount : goes.has(operation) ? -amount : 0;
  return {
    ...matched(calls, effects),
    sum: Number(sum),
    off: effects.reduce((total, it) => total + moved(it), Number(held)),
    untold: events.ids.filter((id) => !told.has(id)),
    gaps: events.gaps,
  };
}

interface Call {
  readonly key: string;
  readonly operation: string;
  readonly happened: boolean;
  readonly owner: string;
  /** An authorisation that moves nothing. */
  readonly hold: boolean;
}
const acts = new Set<string>(operations);
const comes = new Set(['pix.received', 'bankslip.received', 'cards.authorize', 'cards.capture']);
const goes = new Set(['pix.refund', 'cards.refund']);

/** Every call that we made, under the key by which the simulated world knows its effect, and whether we stand to it. */
function calledBy(app: App): Promise<Call[]> {
  // A code that was made and has been closed since was made all the same. A cancel has the name of what it ends, and so
  // has all that is done at Cielo to a sale.
  return rows<Call>(
    app,
    `select case when a.operation = 'pix.cancel' then made.key
         when a.operation = 'bankslip.cancel' or (a.provider = 'cielo' and a.operation ~ '^cards[.][crv]')
         then a.parent ->> 'ref'
         else a.key end as key, a.operation,
       coalesce(a.operation = 'cards.authorize' and not c.wants_capture, false) as hold,
       a.owner_kind || ' ' || a.owner_id as owner,
       a.state <> 'failed'
         and (a.state <> 'declined' or (a.operation ~ '[.]create$' and a.ref is not null)) as happened
     from attempt a left join charge c on c.id = a.owner_id left join attempt made on made.id = c.attempt_id`,
  );
}

function matched(calls: readonly Call[], effects: readonly Effect[]): Pick<Compared, 'doubles' | 'lost'> {
  const name = ({ operation, key }: Pick<Call, 'operation' | 'key'>): string => `${operation} ${key}`;
  const seen = effects.filter(({ operation }) => acts.has(operation));
  const [ours, theirs] = [new Set(calls.filter((it) => it.happened).map(name)), new Set(seen.map(name))];
  const owners = new Map(calls.map((it) => [name(it), `${it.operation} ${it.owner}`]));
  const done = seen.map((it) => owners.get(name(it)) ?? name(it));
  return {
    doubles: done.filter((owner, i) => done.indexOf(owner) !== i),
    lost: [...[...ours].filter((it) => !theirs.has(it)), ...[...theirs].filter((it) => !ours.has(it))],
  };
}

async function booksOf(app: App): Promise<{ readonly sum: string; readonly held: string }> {
  const [books] = await rows<{ sum: string; held: string }>(
    app,
    `with moved as (select "to" as address, amount from posting union all select "from", -amount from posting)
     select coalesce(sum(amount) filter (where address not in (select address from balance)), 0)
         + (select coalesce(sum(amount - debt), 0) from balance) as sum,
       coalesce(sum(amount) filter (where address ~ '^provider:[a-z]+:clearing$'), 0) as held
     from moved`,
  );
  return books!;
}

async function toldBy(app: App): Promise<{ readonly ids: readonly string[]; readonly gaps: readonly string[] }> {
  const ids = await rows<{ id: string }>(app, 'select id from outbox');
  const gaps = await rows<{ gap: string }>(
    app,
    `select format('%s %s: %s events up to %s', object_id, type, count(*), max(sequence)) as gap from outbox
     group by object_id, type having count(*) <> max(sequence) or min(sequence) <> 1`,
  );
  return { ids: ids.map(({ id }) => id), gaps: gaps.map(({ gap }) => gap) };
}
