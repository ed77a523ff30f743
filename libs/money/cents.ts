declare const unit: unique symbol;
/** An amount of money in the smallest unit of its currency. Brazilian real: 1 = R$ 0,01. */
export type Cents = bigint & { readonly [unit]: 'cents' };
/** Hundredths of a percent: 399 = 3,99 %. */
export type BasisPoints = number & { readonly [unit]: 'bps' };
/** Travels beside every amount. Nothing converts. */
export type Currency = 'BRL' | 'EUR';

const limit = 10n ** 15n; // R$ 10 trillion: anything larger is a bug, not a payment.

export function cents(value: bigint | number): Cents {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) throw new RangeError(`not whole cents: ${value}`);
  const whole = BigInt(value);
  if (whole > limit || whole < -limit) throw new RangeError(`outside the money limit: ${whole}`);
  return whole as Cents;
}

export function bps(value: number): BasisPoints {
  if (!Number.isInteger(value) || value < 0 || value > 10_000) throw new RangeError(`not basis points: ${value}`);
  return value as BasisPoints;
}

export const sum = (amounts: Iterable<Cents>): Cents => {
  let total = 0n;
  for (const amount of amounts) total += amount;
  return cents(total);
};

/** The one door out: what JSON carries. Exact, because no `Cents` is beyond 10^15. */
export const toJson = (amount: Cents): number => Number(amount);

/** A rate of an amount, half a cent rounding away from zero. */
export function rate(amount: Cents, by: BasisPoints): Cents {
  const product = amount * BigInt(by);
  const half = product < 0n ? -5_000n : 5_000n;
  return cents((product + half) / 10_000n);
}

/** Splits a total by weights. The parts add up to it; spare cents go to the largest remainders, first index first. */
export function allocate(total: Cents, weights: readonly bigint[]): Cents[] {
  const whole = weights.reduce((a, b) => a + b, 0n);
  if (total < 0n || whole <= 0n || weights.some((w) => w < 0n)) throw new RangeError('nothing to allocate by');
  const parts = weights.map((w) => (total * w) / whole);
  let spare = total - parts.reduce((a, b) => a + b, 0n);
  const order = weights
    .map((w, index) => ({ index, remainder: (total * w) % whole }))
    .sort((a, b) => (a.remainder === b.remainder ? a.index - b.index : a.remainder > b.remainder ? -1 : 1));
  for (const { index } of order) {
    if (spare === 0n) break;
    parts[index] = parts[index]! + 1n;
    spare -= 1n;
  }
  return parts.map(cents);
}
