import { describe, expect, it } from 'vitest';
import {
  isLocked,
  lockedPattern,
  merchantPayable,
  merchantReceivable,
  parseAddress,
  platformBank,
  platformFees,
  platformLosses,
  providerClearing,
  providerFees,
  providerSuspense,
  refundsTransit,
} from './address.js';

const merchants = [merchantPayable('m-1'), merchantReceivable('m-1')];
const others = [
  providerClearing('gerencianet'),
  providerFees('gerencianet'),
  providerSuspense('gerencianet'),
  refundsTransit,
  platformFees,
  platformBank,
  platformLosses,
];

describe('addresses', () => {
  it('are read back as they were built', () => {
    expect(parseAddress(merchants[0]!)).toEqual({ kind: 'merchant', id: 'm-1', pocket: 'payable' });
    expect(parseAddress(merchants[1]!)).toEqual({ kind: 'merchant', id: 'm-1', pocket: 'receivable' });
    expect(parseAddress(others[0]!)).toEqual({ kind: 'provider', id: 'gerencianet', place: 'clearing' });
    expect(others.every((address) => parseAddress(address) !== undefined)).toBe(true);
  });

  it('are locked when a claim can be refused there, in the code as in the database', () => {
    for (const address of merchants) expect(isLocked(address)).toBe(true);
    for (const address of others) expect(isLocked(address)).toBe(false);
    for (const address of [...merchants, ...others]) {
      expect(new RegExp(lockedPattern).test(address)).toBe(isLocked(address));
    }
  });

  it.each([
    '',
    'merchant:m:payabel',
    'merchant::payable',
    'merchant:m',
    'merchant:m:payable:x',
    'platform:',
    'toString',
  ])('are nothing else: %p', (text) => {
    expect(parseAddress(text)).toBeUndefined();
    expect(isLocked(text)).toBe(false);
  });
});
