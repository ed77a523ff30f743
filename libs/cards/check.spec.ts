import { describe, expect, it } from 'vitest';
import { advanceClockTo } from '@libs/kernel/clock.js';
import { InvalidFault } from '@libs/kernel/fault.js';
import { checkCard, expiryOf, type GivenCard, isUnexpired } from './check.js';
import { assertNoStrays } from '@libs/kernel/stray.js';

const good: GivenCard = { number: '4024007153760011', holder: 'ANA', expirationDate: '12/2099', cvv: '123' };

/** `field code` of every fault; and that none of them shows a value. */
function refused(work: () => unknown, ...secrets: readonly string[]): readonly string[] {
  try {
    work();
  } catch (error) {
    if (!(error instanceof InvalidFault)) throw error;
    for (const secret of secrets) expect(JSON.stringify([error.message, error.extra])).not.toContain(secret);
    return (error.extra['errors'] as { field: string; code: string }[]).map(({ field, code }) => `${field} ${code}`);
  }
  return [];
}
const faults = (change: GivenCard, at?: string): readonly string[] =>
  refused(() => checkCard({ ...good, ...change }, at), change.number ?? good.number!);

describe('a card', () => {
  it('is what may be kept of it, with its brand', () => {
    const kept = { number: '4024007153760011', holder: 'ANA', expires: '12/2099', brand: 'visa' };
    expect(checkCard(good)).toEqual(kept);
    expect(checkCard({ ...good, brand: 'VISA', cvv: undefined })).toEqual(kept);
  });

  it.each<[GivenCard, readonly string[]]>([
    [{ number: '4024007153760012' }, ['card.number invalid']],
    [{ number: '1234567812345678', expirationDate: '12/2022' }, ['card.number invalid', 'card.expirationDate invalid']],
    [{ number: '411111111111116' }, ['card.number invalid']], // Luhn, but a Visa of fifteen digits
    [{ number: '9999999999999995' }, ['card.number invalid']],
    [
      { number: undefined, holder: undefined, expirationDate: undefined },
      ['card.number required', 'card.holder required', 'card.expirationDate required'],
    ],
    [{ brand: 'mastercard' }, ['card.brand invalid']],
    [{ brand: 'nobody' }, ['card.brand invalid']],
    [{ brand: 'elo', number: '4011780000000006' }, []],
    [{ brand: 'visa', number: '4011780000000006' }, ['card.brand invalid']],
    [{ cvv: '1234' }, ['card.cvv invalid']],
    [{ cvv: '1234', number: '378282246310005' }, []],
    [{ cvv: '123', number: '378282246310005' }, ['card.cvv invalid']],
  ])('%j', (change, expected) => expect(faults(change, 'card')).toEqual(expected));

  it('of no brand that we know is of the brand that was given', () => {
    expect(checkCard({ ...good, number: '9999999999999995', brand: 'Elo' })).toMatchObject({ brand: 'elo' });
    expect(faults({ number: '9999999999999995', brand: 'nobody' })).toEqual(['number invalid', 'brand invalid']);
  });
});

describe('its last day', () => {
  it('is the last of its month in São Paulo', () => {
    expect(expiryOf('12/2026')?.toISOString()).toBe('2027-01-01T03:00:00.000Z');
    expect(expiryOf('01/2027')?.toISOString()).toBe('2027-02-01T03:00:00.000Z');
    expect(expiryOf('02/2018')?.toISOString()).toBe('2018-03-01T03:00:00.000Z');
    expect(expiryOf('01/2019')?.toISOString()).toBe('2019-02-01T02:00:00.000Z'); // summer time
    for (const bad of ['', '13/2030', '00/2030', '1/2030', '12/30', '12-2030', '12/20300', ' 12/2030', '12/9999']) {
      expect([bad, expiryOf(bad)]).toEqual([bad, undefined]);
      expect(isUnexpired(bad)).toBe(false);
    }
  });

  it('has come when the clock says so', () => {
    const until = expiryOf('12/2099')!.getTime();
    advanceClockTo(until - Date.now() - 60_000);
    expect(isUnexpired('12/2099')).toBe(true);
    advanceClockTo(until - Date.now());
    expect([isUnexpired('12/2099'), isUnexpired('01/2100')]).toEqual([false, true]);
  });
});

describe('a number anywhere else', () => {
  const number = '5555555555554444';
  const strays = (body: object): readonly string[] => refused(() => assertNoStrays(body, 'card.number'), number);

  it('is refused by the name of its field', () => {
    expect(strays({ customCode: number, card: { number, holder: `ANA ${number}` } })).toEqual([
      'customCode invalid',
      'card.holder invalid',
    ]);
    expect(strays({ customer: { name: '5555 5555 5555 4444', address: { street: `R. ${number}` } } })).toEqual([
      'customer.name invalid',
      'customer.address.street invalid',
    ]);
    expect(strays({ list: [{ a: 'x' }, { a: '5555-5555-5555-4444' }] })).toEqual(['list[1].a invalid']);
  });

  it('is not a document, a code that nobody issues, or part of a longer text', () => {
    expect(
      strays({
        card: { number },
        customer: { documentNumber: '36490102462661', phoneNumber: '5511999999999' },
        customCode: '1234567812345670',
        instructions: `a${number}b`,
      }),
    ).toEqual([]);
  });
});
