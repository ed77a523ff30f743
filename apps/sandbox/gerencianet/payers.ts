import { type Control, type Question, Wrong, amountRule, check } from '@apps/sandbox/question.js';
import { integer, optional, text, truth } from '@apps/sandbox/schema.js';
import { pay, receive } from './payments.js';
import { scan } from '@apps/sandbox/qrcode.js';
import type { Room } from './room.js';
import { type Charge, type Payment, chargeTable } from './rows.js';
import { reais } from './shapes.js';
import { paySlip } from './slips.pay.js';
import { slipTable } from './slips.rows.js';

type Amount = number | string | undefined;
const wished = (amount: Amount): { readonly amount?: bigint } =>
  amount === undefined ? {} : { amount: BigInt(amount) };
const shown = ({ endToEndId, txid, amount }: Payment) => ({ endToEndId, txid: txid ?? null, amount });

/** A static code has a txid of just so many characters, and no charge: how much is paid, it says, or the payer. */
const ofStatic = /^[a-zA-Z0-9]{25}$/;

/** `POST /_sim/pix/{txid}/pay {amount?, again?, late?}`. */
async function byTxid(room: Room, { id, body }: Question): Promise<unknown> {
  check(body, { amount: optional(amountRule), again: optional(truth), late: optional(truth) });
  const { amount, ...wish } = body as { amount?: Amount; again?: boolean; late?: boolean };
  const known = room.world.of(chargeTable).has(id);
  if (!known && ofStatic.test(id) && amount !== undefined) return shown(receive(room, BigInt(amount), id));
  const code = !known && ofStatic.test(id) ? await room.seen?.(id) : undefined;
  if (code !== undefined) return byCode(room, code, amount);
  const payment = pay(room, id, { ...wish, ...wished(amount) });
  if (typeof payment === 'string') throw new Wrong(409, payment);
  return payment && shown(payment);
}

const codeRule = text(600, /\S/);

/** `POST /_sim/pix/pay {code, amount?}`: a payer scans whatever there is to be scanned. */
function byCode(room: Room, code: string, given: Amount): unknown {
  const read = scan(code.trim());
  if (!read) throw new Wrong(422, '.code: is no Pix code, or its check sum is wrong');
  const slip = [...room.world.of(slipTable).values()].find(({ place }) => place === read.location);
  if (slip) {
    const paid = paySlip(room, slip, wished(given));
    if (typeof paid === 'string') throw new Wrong(409, paid);
    return { endToEndId: null, txid: null, amount: paid.payments.at(-1)?.amount };
  }
  const charge = [...room.world.of(chargeTable).values()].find(({ place }) => place.url === read.location);
  if (charge) return dynamic(room, charge, given);
  if (read.key !== room.account.pixKey) return undefined;
  const { amount, txid } = read;
  if (amount === undefined && given === undefined)
    throw new Wrong(422, '.amount: the code names none, so that the payer has to');
  if (amount !== undefined) unlike(given, amount);
  return shown(receive(room, amount ?? BigInt(given ?? 0), txid));
}

/** A code with an amount in it is paid with that one. */
function unlike(given: Amount, amount: bigint): void {
  if (given !== undefined && BigInt(given) !== amount) throw new Wrong(409, `the code is one of ${reais(amount)}`);
}

function dynamic(room: Room, { txid, terms }: Charge, given: Amount): unknown {
  unlike(given, terms[0].amount);
  const payment = pay(room, txid, {});
  if (typeof payment === 'string') throw new Wrong(409, payment);
  return payment && shown(payment);
}

/** `POST /_sim/pix/pay {key, amount, txid?, count?}`: so many come to the key, without any code of ours or by one. */
function byKey(room: Room, body: unknown): unknown {
  check(body, {
    key: text(77, /\S/),
    amount: amountRule,
    txid: optional(text(35, /^[a-zA-Z0-9]{1,35}$/)),
    count: optional(integer(1, 10_000)),
  });
  const { key, amount, txid, count = 1 } = body as { key: string; amount: string; txid?: string; count?: number };
  if (key !== room.account.pixKey) return undefined;
  const came = Array.from({ length: count }, () => receive(room, BigInt(amount), txid));
  return count === 1 ? came.map(shown)[0] : { payments: came.map(shown) };
}

/** What payers do with codes, with static ids and with the key. */
export const pixControls = (room: Room): readonly Control[] => [
  {
    method: 'POST',
    path: /^\/_sim\/pix\/([^/]+)\/pay$/,
    missing: 'no charge has this txid',
    act: (question) => byTxid(room, question),
  },
  {
    method: 'POST',
    path: /^\/_sim\/pix\/pay$/,
    missing: 'nobody has made this code, or has this key',
    act: ({ body }) => {
      if (!(body as { readonly code?: unknown }).code) return byKey(room, body);
      check(body, { code: codeRule, amount: optional(amountRule) });
      const { code, amount } = body as { readonly code: string; readonly amount?: Amount };
      return byCode(room, code, amount);
    },
  },
];
