import { type Answer, rows } from './app.js';
import { cardActs } from './acts.cards.js';
import { slipActs } from './acts.slips.js';
import type { Crash, Wish } from './crash.js';
import { as, type Charge, fresh } from './scene.js';
import { type Act, counted, posted, under } from './wishes.js';

const amount = 1000;
/** No code of a round expires in another one. */
const lasting = { amount, expire: 86_400 };

/** How a charge stands, and what has happened to it in the simulated world. */
async function ended({ scene }: Crash, charge: Charge): Promise<object> {
  const refunds = charge.refunds.map((it) => `${it.amount} ${it.status}`);
  return { status: charge.status, refunds, fate: await scene.fate(charge) };
}

/** Waits for a charge to come to a status by itself. */
const comesTo =
  (crash: Crash, id: string, status: string): Wish['end'] =>
  async () => {
    const charge = await crash.scene.charge(id);
    return charge.status === status && charge.pendingOperation === null && ended(crash, charge);
  };

const create: Act = {
  async make(crash) {
    await crash.scene.listening(); // with its token: no log-in on a busy machine uses the deadline up
    await crash.quiet();
    return counted(crash, '/pix', lasting, 'pending', ended);
  },
  end: { status: 'pending', refunds: [], fate: ['pix.create 1000'], charges: 1 },
};

const cancel: Act = {
  async make(crash) {
    const { id } = await crash.scene.pix(lasting);
    await crash.quiet();
    return posted(crash, `/pix/${id}/cancel`, {}, 'canceled', ended);
  },
  end: { status: 'canceled', refunds: [], fate: ['pix.create 1000', 'pix.cancel 1000'] },
};

/** Two codes at once, a static Pix beside a dynamic one under the second of them. */
const bulk: Act = {
  async make(crash) {
    const { scene } = crash;
    const customCodes = [fresh('bulk'), fresh('bulk')] as const;
    const made: Charge[] = [];
    for (const customCode of customCodes) made.push(await scene.pix({ ...lasting, customCode }));
    const code = as<Charge>((await scene.api('POST', '/pix/static', { amount, customCode: customCodes[1] })).body);
    await crash.quiet();
    let key = fresh('key');
    const begin = (): Promise<Answer> => scene.api('POST', '/pix/cancel', { customCodes }, under(key));
    const end = async (): Promise<object | false> => {
      const { status, body } = await begin();
      const { canceled, processing } = as<{ canceled?: string[]; processing?: string[] }>(body);
      if (canceled?.length !== customCodes.length) {
        // What has failed under this key stays so: a new try is a new wish.
        if (processing?.length === 0 || status === 422) key = fresh('key');
        return false;
      }
      const charges = await Promise.all([...made, code].map(({ id }) => scene.charge(id)));
      return { charges: await Promise.all(charges.map((it) => ended(crash, it))) };
    };
    return { begin, end };
  },
  end: {
    charges: [
      { status: 'canceled', refunds: [], fate: ['pix.create 1000', 'pix.cancel 1000'] },
      { status: 'canceled', refunds: [], fate: ['pix.create 1000', 'pix.cancel 1000'] },
      { status: 'canceled', refunds: [], fate: [] },
    ],
  },
};

const refund: Act = {
  async make(crash) {
    const { id } = await crash.scene.paid(lasting);
    await crash.quiet();
    return posted(crash, `/pix/${id}/refund`, {}, 'refunded', ended);
  },
  // What was given back has a key of its own there, and is compared with it.
  end: { status: 'refunded', refunds: ['1000 done'], fate: ['pix.create 1000', 'pix.received 1000'] },
};

/** The provider calls us: somebody has paid. */
const callback: Act = {
  async make(crash) {
    const charge = await crash.scene.pix(lasting);
    await crash.quiet();
    return { begin: () => crash.scene.pay(charge), end: comesTo(crash, charge.id, 'paid') };
  },
  end: { status: 'paid', refunds: [], fate: ['pix.create 1000', 'pix.received 1000'] },
};

/** Events become jobs, several at once. */
const relay: Act = {
  only: /^relay|@webhooks\.fanout$/,
  async make(crash) {
    const charges = await Promise.all([1, 2, 3].map(() => crash.scene.pix(lasting)));
    await crash.quiet();
    return {
      begin: () => Promise.all(charges.map((it) => crash.scene.pay(it))),
      end: async () => {
        const all = await Promise.all(charges.map(({ id }) => comesTo(crash, id, 'paid')()));
        return all.every((it) => it !== false) && { charges: all.length };
      },
    };
  },
  end: { charges: 3 },
};

/** One event on its way to the merchant's server, which it has reached before. */
const delivery: Act = {
  async make(crash) {
    await crash.scene.paid(lasting);
    await crash.quiet();
    const newest = 'select id, event_id from delivery order by created_at desc limit 1';
    const [made] = await rows<{ id: string; event_id: string }>(crash.app, newest);
    const { id, event_id: event } = made!;
    const calls = (): number => crash.shop.got.filter((it) => it.headers['webhook-id'] === event).length;
    const before = calls();
    const key = fresh('key');
    const begin = (): Promise<Answer> => crash.scene.api('POST', `/webhooks/deliveries/${id}/resend`, {}, under(key));
    return { begin, end: async () => (await begin()).status === 200 && calls() > before && { told: true } };
  },
  end: { told: true },
};

/** A call whose answer is lost, asked after. */
const reconcile: Act = {
  async make(crash) {
    await crash.quiet();
    await crash.scene.arm('pix.create', 'reset_after', { times: 1 });
    const { status, body } = await crash.scene.ask(lasting);
    if (status !== 202) throw new Error(`its answer was not lost: ${status}`);
    return { begin: () => Promise.resolve(), end: comesTo(crash, as<Charge>(body).id, 'pending') };
  },
  end: { status: 'pending', refunds: [], fate: ['pix.create 1000'] },
};

/** Nobody pays; the code is closed at the provider too. */
const expiry: Act = {
  async make(crash) {
    const { id } = await crash.scene.pix({ amount, expire: 60 });
    await crash.quiet();
    return { begin: () => crash.scene.advance(61), end: comesTo(crash, id, 'expired') };
  },
  end: { status: 'expired', refunds: [], fate: ['pix.create 1000', 'pix.cancel 1000'] },
};

const all = {
  create,
  cancel,
  bulk,
  refund,
  callback,
  relay,
  delivery,
  reconcile,
  expiry,
  ...cardActs,
  ...slipActs,
} as const;
export type ActName = keyof typeof all;
export const acts: Readonly<Record<ActName, Act>> = all;
export const actNames = Object.keys(acts) as ActName[];
