import { describe, expect, it } from '@jest/globals';
import { cents } from '@libs/money/cents.js';
import type { News } from '@libs/providers/contract/outcome.js';
import { type AttemptState, attempts } from './attempt.entity.js';
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

describe('another lane', () => {
  it('is tried after `unsent`, and after the declines that the lane lists', () => {
    expect(kinds.filter((kind) => mayReroute(news[kind], []))).toEqual(['unsent']);
    expect(kinds.filter((kind) => mayReroute(news[kind], ['card_declined']))).toEqual(['declined', 'unsent']);
    expect(mayReroute(news.declined, ['our_balance'])).toBe(false);
  });
});
