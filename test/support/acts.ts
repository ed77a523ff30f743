import { type Answer, rows } from './app.js';
import type { Crash, Wish } from './crash.js';
import { as, type Charge, fresh } from './scene.js';

/** What the platform does, each as somebody wishes it who repeats what was not answered. */
export interface Act {
  readonly make: (crash: Crash) => Promise<Wish>;
  /** What it must come to, however often the process has died on the way. */
  readonly end: object;
  /** The part of its way that is its own, where another act has the rest. */
  readonly only?: RegExp;
}

const amount = 1000;
/** No code of a round expires in another one. */
const lasting = { amount, expire: 86_400 };

const under = (key: string): { headers: Record<string, string> } => ({ headers: { 'idempotency-key': key } });

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

/** A POST under one key, repeated until it is answered and its charge has come to that status. */
function posted(crash: Crash, path: string, body: object, status: string): Wish {
  const key = fresh('key');
  const begin = (): Promise<Answer> => crash.scene.api('POST', path, body, under(key));
  const end = async (): Promise<object | false> => {
    const answer = await begin();
    const charge = as<Charge>(answer.body);
    return (answer.status === 200 || answer.status === 201) && charge.status === status && ended(crash, charge);
  };
  return { begin, end };
}

const create: Act = {
  async make(crash) {
    await crash.scene.listening(); // with its token: no log-in on a busy machine uses the deadline up
    await crash.quiet();
    const customCode = fresh('code');
    const { begin, end } = posted(crash, '/pix', { ...lasting, customCode }, 'pending');
    return {
      begin,
      end: async () => {
        const made = await end();
        return made && { ...made, charges: await crash.charges(customCode) };
      },
    };
  },
  end: { status: 'pending', refunds: [], fate: ['pix.create 1000'], charges: 1 },
};

const cancel: Act = {
  async make(crash) {
    const { id } = await crash.scene.pix(lasting);
    await crash.quiet();
    return posted(crash, `/pix/${id}/cancel`, {}, 'canceled');
  },
  end: { status: 'canceled', refunds: [], fate: ['pix.create 1000', 'pix.cancel 1000'] },
};

const refund: Act = {
  async make(crash) {
    const { id } = await crash.scene.paid(lasting);
    await crash.quiet();
    return posted(crash, `/pix/${id}/refund`, {}, 'refunded');
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

const all = { create, cancel, refund, callback, relay, delivery, reconcile, expiry } as const;
export type ActName = keyof typeof all;
export const acts: Readonly<Record<ActName, Act>> = all;
export const actNames = Object.keys(acts) as ActName[];
