import { type CardCharge, Counter, numbers } from './counter.js';
import type { Crash } from './crash.js';
import { behind, Plays } from './plays.js';
import type { Charge } from './scene.js';
import { type Act, counted, posted } from './wishes.js';

const counter = (crash: Crash): Counter => new Counter(crash.scene);

async function ended(crash: Crash, charge: Charge): Promise<object> {
  const refunds = charge.refunds.map((it) => `${it.amount} ${it.status}`);
  return { status: charge.status, refunds, fate: await counter(crash).fate(charge as CardCharge) };
}
/** A charge on a card that stands before anything is done to it. */
async function made(crash: Crash, status: 'authorized' | 'paid'): Promise<string> {
  const { id } = await counter(crash).made(status, { capture: status === 'paid' });
  await crash.quiet();
  return `/credit-card/${id}`;
}
const sold = { status: 'paid', refunds: [], fate: ['cards.authorize 10000'], charges: 1 };

/** Sold at the first provider. */
const sale: Act = {
  async make(crash) {
    await crash.quiet();
    return counted(crash, '/credit-card', counter(crash).body(), 'paid', ended);
  },
  end: sold,
};

/**
 * The first provider declines, for a reason that its lane lists; the second is paid. A decline that nobody heard, and
 * that is found later, is the last word: the payer has gone.
 */
const reroute: Act = {
  only: /^(claim|wire|settle)/,
  async make(crash) {
    await Plays.open(crash.scene, behind);
    await crash.quiet();
    const body = counter(crash).body({}, { number: numbers.denied });
    return counted(crash, '/credit-card', body, /^(paid|declined)$/, async (_, charge) => {
      const fate = await counter(crash).fate(charge as CardCharge);
      return { agreed: String(fate) === (charge.status === 'paid' ? 'cards.authorize 10000' : '') };
    });
  },
  end: { agreed: true, charges: 1 },
};

/** The first provider cannot be reached; after a crash it can. */
const failover: Act = {
  only: /^(claim|wire|settle)/,
  async make(crash) {
    await crash.quiet();
    await counter(crash).arm('cielo', '*', 'refuse', { times: 1 });
    return counted(crash, '/credit-card', counter(crash).body(), 'paid', ended);
  },
  end: sold,
};

const capture: Act = {
  make: async (crash) => posted(crash, `${await made(crash, 'authorized')}/capture`, {}, 'paid', ended),
  end: { status: 'paid', refunds: [], fate: ['cards.authorize 10000', 'cards.capture 10000'] },
};

const release: Act = {
  make: async (crash) => posted(crash, `${await made(crash, 'authorized')}/cancel`, {}, 'canceled', ended),
  end: { status: 'canceled', refunds: [], fate: ['cards.authorize 10000', 'cards.void 10000'] },
};

const repayment: Act = {
  make: async (crash) => posted(crash, `${await made(crash, 'paid')}/refund`, {}, 'refunded', ended),
  end: { status: 'refunded', refunds: ['10000 done'], fate: ['cards.authorize 10000', 'cards.refund 10000'] },
};

export const cardActs = { sale, reroute, failover, capture, release, repayment } as const;
