import { describe, expect, it } from 'vitest';
import { cents } from '@libs/money/cents.js';
import type { News } from '@libs/providers/contract/outcome.js';
import { type AttemptState, attempts } from './attempt.entity.js';
import type { Source } from './owners.js';
import { isAbove, mayAnswer, takenBack, unstated } from './returned.js';
import { contradicts, mayReroute } from './settlement.js';

const news: { readonly [K in News['kind']]: News } = {
  done: { kind: 'done', ref: 'r', at: new Date(0), amount: cents(1), currency: 'BRL', data: {} },
  pending: { kind: 'pending', ref: 'r', data: {} },
  declined: { kind: 'declined', code: 'card_declined', message: '' },
  unsent: { kind: 'unsent', why: 'refused', message: '' },
  unknown: { kind: 'unknown', why: 'timeout', message: '' },
  absent: { kind: 'absent' },
};
const kinds = Object.keys(news) as News['kind'][];

/** What is asked only of news that does not move the attempt. */
const table: { readonly [S in AttemptState]: readonly News['kind'][] } = {
  sent: [],
  pending: ['unsent', 'absent'],
  unknown: ['unsent'],
  declined: ['pending', 'unsent', 'absent'],
  failed: ['pending', 'declined'],
  succeeded: ['declined', 'unsent', 'absent'],
  orphan: ['declined', 'unsent', 'absent'],
};

describe('a contradiction', () => {
  it.each(attempts.states)('of an attempt that is %s', (state) => {
    const moves = (kind: News['kind']): boolean => ![undefined, state].includes(attempts.next(state, kind));
    const found = kinds.filter((kind) => !moves(kind) && contradicts({ state, ref: 'r' }, news[kind]));
    expect(found).toEqual(expect.arrayContaining([...table[state]]));
    expect(found).toHaveLength(table[state].length);
  });

  it('is another reference, whatever else is said', () => {
    for (const state of attempts.states) {
      for (const kind of ['done', 'pending'] as const) {
        expect(contradicts({ state, ref: 'other' }, news[kind])).toBe(true);
      }
      expect(contradicts({ state, ref: 'other' }, { ...news.declined, ref: 'r' } as News)).toBe(true);
      expect(contradicts({ state, ref: 'other' }, { ...news.unknown, ref: 'r' } as News)).toBe(true);
    }
    expect(contradicts({ state: 'pending', ref: null }, news.pending)).toBe(false);
  });

  it('is never a repeat', () => {
    const last: Partial<Record<AttemptState, News['kind']>> = {
      pending: 'pending',
      unknown: 'unknown',
      declined: 'declined',
      failed: 'absent',
      succeeded: 'done',
      orphan: 'done',
    };
    for (const [state, kind] of Object.entries(last)) {
      expect(contradicts({ state: state as AttemptState, ref: 'r' }, news[kind])).toBe(false);
    }
  });
});

describe('what is taken back of what was done', () => {
  const at = new Date(0);
  type Of = Parameters<typeof takenBack>[0];
  const refund: Of = {
    operation: 'cards.refund',
    state: 'succeeded',
    proof: { by: 'state', afterMs: 1 },
    key: 'k',
    ref: 'sale',
    amount: cents(5),
    currency: 'BRL',
    parkedWhy: null,
  };
  const back = (of: Partial<Of>, kind: News['kind'], from: Source): string => {
    const moved = takenBack({ ...refund, ...of }, news[kind], from, at);
    return moved ? `${moved.kind} ${moved.amount}` : '-';
  };

  it('is a refund that its payment no longer shows, or of which a human says so', () => {
    expect(takenBack(refund, news.absent, 'find', at)).toEqual({
      kind: 'returned',
      id: 'k',
      about: { key: 'k', ref: 'sale' },
      amount: 5n,
      currency: 'BRL',
      at,
    });
    expect(kinds.filter((kind) => back({}, kind, 'callback') !== '-')).toEqual(['absent']);
    expect(kinds.filter((kind) => back({}, kind, 'operator') !== '-')).toEqual(['declined', 'absent']);
    const byKey = { proof: { by: 'key', afterMs: 1 } } as const;
    expect([back(byKey, 'absent', 'find'), back(byKey, 'absent', 'operator')]).toEqual(['-', 'returned 5']);
    const others = attempts.states.filter((state) => state !== 'succeeded');
    expect(others.map((state) => back({ state }, 'absent', 'find'))).toEqual(others.map(() => '-'));
    expect(back({ operation: 'cards.capture' }, 'absent', 'operator')).toBe('-');
  });

  it('is what never came of a payment, once a human has said how much did', () => {
    const slip = { operation: 'bankslip.create', parkedWhy: unstated } as const;
    expect(back(slip, 'done', 'operator')).toBe('taken 4');
    expect(back({ ...slip, amount: cents(1) }, 'done', 'operator')).toBe('-');
    expect(back({ ...slip, state: 'pending' }, 'done', 'operator')).toBe('-');
    expect([back(slip, 'done', 'find'), back({ ...slip, parkedWhy: null }, 'done', 'operator')]).toEqual(['-', '-']);
    expect(isAbove({ ...refund, ...slip, amount: cents(0) }, news.done)).toBe(true);
    expect(isAbove({ ...refund, ...slip, amount: cents(1) }, news.done)).toBe(false);
  });

  it('is asked of a human where one is waited for', () => {
    const parkedAt = at;
    const may = (of: Partial<Of>, kind: News['kind'], parked: Date | null): boolean =>
      mayAnswer({ ...refund, ...of, parkedAt: parked }, kind);
    expect([may({}, 'absent', null), may({}, 'done', null), may({}, 'done', parkedAt)]).toEqual([true, false, true]);
    const again = { proof: { by: 'again', untilMs: 1 } } as const;
    expect([may(again, 'declined', null), may(again, 'declined', parkedAt)]).toEqual([false, true]);
    expect(may({ operation: 'pix.create' }, 'absent', parkedAt)).toBe(false);
  });
});

describe('another lane', () => {
  it('is tried after `unsent`, and after the declines that the lane lists', () => {
    expect(kinds.filter((kind) => mayReroute(news[kind], []))).toEqual(['unsent']);
    expect(kinds.filter((kind) => mayReroute(news[kind], ['card_declined']))).toEqual(['declined', 'unsent']);
    expect(mayReroute(news.declined, ['our_balance'])).toBe(false);
  });
});
