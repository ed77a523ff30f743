import { isDay, localDay } from '@apps/sandbox/days.js';
import { now } from '@libs/kernel/clock.js';
import { type Members, type Opened, centsOf, checkMoney, given, longer, opened, textOf } from './checks.js';
import type { Code } from './codes.js';
import { masked } from './masks.js';
import { members, refusal } from './room.js';
import type { Wire } from './wire.js';

/** What is asked for with a code or a slip, once nothing is wrong with it. */
export interface Wanted {
  readonly orderId: string;
  readonly customer: Readonly<Record<string, unknown>>;
  readonly type: 'Pix' | 'Boleto';
  readonly provider?: string;
  readonly amount: bigint;
  readonly seconds?: number; // how long a code is good
  readonly number?: string;
  readonly expires?: string;
  readonly words: Readonly<Record<string, string>>;
}

const newest = 86_400;

function checkPayer({ flaw, customer }: Opened): void {
  flaw(105, !given(customer?.['name']));
  flaw(104, !given(customer?.['identity']));
}

/** A code of the older contract has no say in how long it is good; one of the newer has to have less of an order. */
function checkCode({ flaw, orderId, payment, customer }: Opened, wire: Wire): void {
  const { provider } = payment;
  const newer = provider === 'Cielo2';
  if (wire.pixContracts === 'none') throw refusal(173);
  flaw(133, given(provider) ? !newer || wire.pixContracts === 'old' : wire.pixContracts === 'new');
  flaw(107, newer && orderId.length > 25);
  flaw(157, !given(customer?.['identitytype']));
  const seconds = members(payment['qrcode'])?.['expiration'];
  const whole = typeof seconds === 'number' && Number.isInteger(seconds) && seconds >= 1 && seconds <= newest;
  flaw(wire.odd, given(payment['qrcode']) && (!newer || !whole));
}

/** The longest order, and the most digits of a number, that each bank takes. */
const banks: Readonly<Record<string, { readonly order: number; readonly digits: number }>> = {
  Bradesco2: { order: 27, digits: 11 },
  BancoDoBrasil2: { order: 50, digits: 9 },
  Simulado: { order: 50, digits: 11 },
};
const places: readonly (readonly [name: string, missing: Code])[] = [
  ['street', 197],
  ['number', 198],
  ['zipcode', 199],
  ['city', 200],
  ['state', 201],
  ['district', 202],
];

function checkSlip({ flaw, orderId, payment, customer }: Opened, wire: Wire): void {
  const bank = banks[textOf(payment['provider'])];
  flaw(133, !bank);
  flaw(107, bank !== undefined && orderId.length > bank.order);
  const address = members(customer?.['address']);
  for (const [name, missing] of places) flaw(missing, !given(address?.[name]));
  const number = payment['boletonumber'];
  flaw(wire.odd, given(number) && !new RegExp(`^\\d{1,${bank?.digits ?? 11}}$`).test(textOf(number)));
  const day = payment['expirationdate'];
  const good = isDay(textOf(day)) && textOf(day) >= localDay(now().toISOString());
  flaw(wire.odd, given(day) && !good);
  flaw(161, longer(payment['instructions'], wire.slipWords));
  flaw(162, longer(payment['demonstrative'], wire.slipWords));
}

const printedWords = ['Instructions', 'Demonstrative', 'Assignor', 'Address', 'Identification'];

const wordsOf = (payment: Members): Readonly<Record<string, string>> =>
  Object.fromEntries(
    printedWords.flatMap((name): [string, string][] => {
      const said = masked(textOf(payment[name.toLowerCase()]));
      return said === '' ? [] : [[name, said]];
    }),
  );

/** What a code or a slip is asked for with. Throws the refusal with everything that is wrong with it. */
export function wantedBy(body: Members, wire: Wire): Wanted {
  const it = opened(body);
  const { orderId, payment, refuse, flaw } = it;
  const isSlip = it.type === 'Boleto';
  checkMoney(payment, flaw);
  checkPayer(it);
  if (isSlip) checkSlip(it, wire);
  else checkCode(it, wire);
  refuse();
  const seconds = members(payment['qrcode'])?.['expiration'];
  return {
    orderId,
    customer: body['customer'] as Wanted['customer'],
    type: isSlip ? 'Boleto' : 'Pix',
    ...(given(payment['provider']) && { provider: textOf(payment['provider']) }),
    amount: centsOf(payment['amount']) ?? 0n,
    ...(typeof seconds === 'number' && { seconds }),
    ...(given(payment['boletonumber']) && { number: textOf(payment['boletonumber']) }),
    ...(given(payment['expirationdate']) && { expires: textOf(payment['expirationdate']) }),
    words: wordsOf(payment),
  };
}
