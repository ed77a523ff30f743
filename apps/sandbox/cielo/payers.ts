import { type Control, Wrong, amountRule, check } from '@apps/sandbox/question.js';
import { scan } from '@apps/sandbox/qrcode.js';
import { optional, text, truth } from '@apps/sandbox/schema.js';
import { type Wish, payCode, paySlip } from './issued.js';
import { type BankSlip, type Issued, type PixCode, issuedTable } from './issued.rows.js';
import type { Room } from './room.js';

const wish = { amount: optional(amountRule), again: optional(truth), late: optional(truth) };

function wished(body: unknown): Wish {
  const { amount, again, late } = body as { amount?: number | string; again?: boolean; late?: boolean };
  return { again, late, ...(amount !== undefined && { amount: BigInt(amount) }) };
}

/** What was paid, and how it stands; or the reason why it was not. */
function paid(it: Issued | string, { amount }: Wish): unknown {
  if (typeof it === 'string') throw new Wrong(409, it);
  const shown = { id: it.id, status: it.status, amount: amount ?? it.amount };
  return it.type === 'Pix' ? { ...shown, endToEndId: it.endToEndId } : shown;
}

/** What payers do with codes and with slips. */
export function payers(room: Room): readonly Control[] {
  const one = <T extends Issued>(fits: (it: Issued) => it is T): T | undefined =>
    [...room.world.of(issuedTable).values()].find(fits);
  return [
    {
      method: 'POST',
      path: /^\/_sim\/pix\/([^/]+)\/pay$/,
      act: ({ id, body }) => {
        const code = room.world.of(issuedTable).get(id);
        if (code?.type !== 'Pix') return undefined;
        check(body, wish);
        return paid(payCode(room, code, wished(body)), wished(body));
      },
    },
    {
      method: 'POST',
      path: /^\/_sim\/pix\/pay$/,
      act: ({ body }) => {
        const { code: given } = body as { readonly code?: unknown };
        const location = typeof given === 'string' ? scan(given.trim())?.location : undefined;
        const code = one((it): it is PixCode => it.type === 'Pix' && it.location === location);
        if (!code) return undefined;
        check(body, { code: text(600), ...wish });
        return paid(payCode(room, code, wished(body)), wished(body));
      },
    },
    {
      method: 'POST',
      path: /^\/_sim\/bankslips\/(\d{44}|\d{47})\/pay$/,
      act: ({ id, body }) => {
        const slip = one((it): it is BankSlip => it.type === 'Boleto' && (it.line === id || it.barcode === id));
        if (!slip) return undefined;
        check(body, wish);
        return paid(paySlip(room, slip, wished(body)), wished(body));
      },
    },
  ];
}
