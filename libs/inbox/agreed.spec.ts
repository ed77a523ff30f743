import { describe, expect, it } from 'vitest';
import { cents } from '@libs/money/cents.js';
import type { Moved } from '@libs/providers/contract/moved.js';
import type { Finding } from '@libs/providers/contract/outcome.js';
import { agrees } from './agreed.js';
import { isMoved, type KeptNews, revived, writtenNews } from './news.js';

const at = new Date('2026-03-02T15:00:00Z');
const ten = cents(1_000);
const attempt = { state: 'unknown', key: 'k1', ref: 'pi_1', amount: ten, currency: 'BRL' } as const;
const done: Finding = { kind: 'done', ref: 'pi_1', at, amount: ten, currency: 'BRL', data: { captured: ten } };
const no: Finding = { kind: 'declined', code: 'card_expired', message: 'Expired.', ref: 'pi_1' };
const moved: Moved = { kind: 'taken', id: 'du_1', about: { ref: 'pi_1' }, amount: ten, currency: 'BRL', at };

describe('signed news', () => {
  it.each([
    ['that fits', attempt, done, true],
    ['of an attempt without a reference', { ...attempt, ref: null }, done, true],
    ['of another reference', { ...attempt, ref: 'pi_2' }, done, false],
    ['of another key', { ...attempt, key: 'k2' }, done, false],
    ['of another amount', { ...attempt, amount: cents(1_001) }, done, false],
    ['of another currency', { ...attempt, currency: 'EUR' as const }, done, false],
    ['of what was given up', { ...attempt, state: 'failed' as const }, done, true],
    ['of a refusal', attempt, no, true],
    ['of a refusal after it succeeded', { ...attempt, state: 'succeeded' as const }, no, false],
    ['that waits', attempt, { kind: 'pending', ref: 'pi_1', data: {} } as const, true],
    [
      'that waits, after a refusal',
      { ...attempt, state: 'declined' as const },
      { kind: 'pending', ref: 'pi_1', data: {} } as const,
      false,
    ],
    ['that knows nothing', attempt, { kind: 'absent' } as const, false],
    ['of a dispute', { ...attempt, state: 'succeeded' as const }, moved, true],
    ['of a dispute of a part', attempt, { ...moved, amount: cents(1) }, true],
    ['of a dispute of more', attempt, { ...moved, amount: cents(1_001) }, false],
    ['of a dispute in another currency', attempt, { ...moved, currency: 'EUR' as const }, false],
    ['of its own payment', attempt, { ...moved, kind: 'received' as const }, false],
  ])('%s', (_, known, news, fits) => {
    expect(agrees(known, { key: 'k1', ref: 'pi_1' }, news)).toBe(fits);
  });
});

describe('news that was kept', () => {
  const back = (news: Finding | Moved): unknown => revived(JSON.parse(JSON.stringify(news, writtenNews)) as KeptNews);

  it('is what it was; the page of a bank is not kept', () => {
    const twice = { ...done, moved: [moved], data: { captured: ten, redirectUrl: 'https://b/?client_secret=x' } };
    expect(back(twice)).toEqual({ ...done, moved: [moved], data: { captured: 1_000 } });
    expect(back(no)).toEqual(no);
    expect(back(moved)).toEqual(moved);
    expect([isMoved(moved), isMoved(done)]).toEqual([true, false]);
  });
});
