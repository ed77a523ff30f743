import type { Currency } from '@libs/money/cents.js';
import { isLocked, parseAddress } from './address.js';
import type { EntryDraft, PostingDraft } from './sale.js';

/** What a series of postings does to one balance row, all of them at once. */
export interface Move {
  readonly address: string;
  readonly currency: Currency;
  readonly delta: bigint;
  /** What must stand there beforehand (amount less debt) for every claim to hold when its turn comes. */
  readonly need?: bigint;
}

/** @throws RangeError for what only a bug can ask: such an entry is never written. */
export function check(entries: readonly EntryDraft[]): void {
  for (const { reference, postings } of entries) {
    if (reference === '') throw new RangeError('an entry without a reference');
    if (postings.length === 0) throw new RangeError(`${reference}: an entry without postings`);
    for (const posting of postings) {
      const wrong = faultOf(posting);
      if (wrong !== undefined) throw new RangeError(`${reference}: ${wrong}`);
    }
  }
}

function faultOf({ from, to, amount, claim }: PostingDraft): string | undefined {
  if (amount <= 0n) return `an amount of ${amount}`;
  if (from === to) return `from ${from} to itself`;
  for (const address of [from, to]) if (parseAddress(address) === undefined) return `${address} is no address`;
  return claim && !isLocked(from) ? `a claim on ${from}, which cannot refuse one` : undefined;
}

/**
 * Folds postings into one move per balance row, in posting order: a claim may spend what a posting before it brought,
 * not what one after it will bring. A claim holds while the balance after it is not below zero, so the lowest such
 * point of the series is what must have been there at its start.
 */
export function moves(entries: readonly EntryDraft[]): Move[] {
  const found = new Map<string, Move>();
  const add = (address: string, currency: Currency, amount: bigint, claim: boolean): void => {
    if (!isLocked(address)) return;
    const at = `${address} ${currency}`;
    const before = found.get(at);
    const delta = (before?.delta ?? 0n) + amount;
    const need = claim && (before?.need === undefined || -delta > before.need) ? -delta : before?.need;
    found.set(at, { address, currency, delta, need });
  };
  for (const { postings } of entries) {
    for (const { from, to, amount, currency, claim } of postings) {
      add(from, currency, 0n - amount, claim === true);
      add(to, currency, amount, false);
    }
  }
  return [...found.values()];
}
