import { Bank } from './bank.js';
import type { Crash } from './crash.js';
import type { Charge } from './scene.js';
import { type Act, counted, posted } from './wishes.js';

/** How a slip stands, and what has happened to it in the simulated world, where it has the provider's number. */
async function ended({ scene }: Crash, { status, metadata }: Charge): Promise<object> {
  const effects = (await scene.effects()).filter(({ ref }) => ref.split('/')[0] === metadata['paymentId']);
  return { status, fate: effects.map(({ operation, amount }) => `${operation} ${amount}`) };
}

const slip: Act = {
  // Efí calls for each slip that is made, and may do so before or after its answer: what comes of that is its own way.
  only: /^(claim|wire|settle)\.(before|after)@(?!callback|find)/,
  async make(crash) {
    await new Bank(crash.scene).slip(); // with its token: no log-in on a busy machine uses the deadline up
    await crash.quiet();
    return counted(crash, '/bankslip', new Bank(crash.scene).body(), 'pending', ended);
  },
  end: { status: 'pending', fate: ['bankslip.create 1000'], charges: 1 },
};

const withdrawal: Act = {
  async make(crash) {
    const { id } = await new Bank(crash.scene).slip();
    await crash.quiet();
    return posted(crash, `/bankslip/${id}/cancel`, {}, 'canceled', ended);
  },
  end: { status: 'canceled', fate: ['bankslip.create 1000', 'bankslip.cancel 1000'] },
};

export const slipActs = { slip, withdrawal } as const;
