import { type Control, Wrong, amountRule, check } from '@apps/sandbox/question.js';
import { oneOf, optional, truth } from '@apps/sandbox/schema.js';
import { dispute, left, takeOff } from './cancels.js';
import { pay } from './codes.js';
import type { Room } from './room.js';
import { type Sale, saleTable } from './rows.js';
import { paySlip } from './slips.js';

interface Wish {
  readonly amount?: number | string;
  readonly again?: boolean;
  readonly late?: boolean;
  readonly by?: 'pix';
}
const wished = (body: unknown) => {
  const { amount, ...wish } = body as Wish;
  return { ...wish, ...(amount !== undefined && { amount: BigInt(amount) }) };
};

/** What the outside world does: payers pay, holders dispute, somebody cancels at the provider's own site. */
export function controls(room: Room): readonly Control[] {
  const sale = (what: string, act: (sale: Sale, body: unknown) => unknown): Control => ({
    method: 'POST',
    path: new RegExp(`^/_sim/cards/([^/]+)/${what}$`),
    missing: 'no card payment has this id',
    act: ({ id, body }) => {
      const found = room.world.of(saleTable).get(id);
      return found && act(found, body);
    },
  });
  return [
    {
      method: 'POST',
      path: /^\/_sim\/pix\/([^/]+)\/pay$/,
      missing: 'no code has this name',
      act: ({ id, body }) => {
        check(body, { amount: optional(amountRule), again: optional(truth), late: optional(truth) });
        const credit = pay(room, id, wished(body));
        if (typeof credit === 'string') throw new Wrong(409, credit);
        return credit && { endToEndId: credit.endToEndId, txid: id, amount: credit.amount };
      },
    },
    {
      method: 'POST',
      path: /^\/_sim\/bankslips\/(\d+)\/pay$/,
      missing: 'no slip has this line',
      act: ({ id, body }) => {
        check(body, { amount: optional(amountRule), again: optional(truth), by: optional(oneOf(['pix'])) });
        const paid = paySlip(room, id, wished(body));
        if (typeof paid === 'string') throw new Wrong(409, paid);
        return paid && { number: paid.slip.number, amount: paid.amount };
      },
    },
    sale('dispute', (it, body) => {
      check(body, {});
      const taken = dispute(room, it);
      if (!taken) throw new Wrong(409, 'nothing of this sale can be disputed');
      return taken;
    }),
    sale('void', (it, body) => {
      check(body, { amount: amountRule });
      const { amount = 0n } = wished(body);
      if (it.state !== 'Aprovada' || amount > left(it)) throw new Wrong(409, 'so much of this sale cannot be voided');
      takeOff(room, it, amount, 'cards.portal_void');
      return { id: it.nsu, amount };
    }),
  ];
}
