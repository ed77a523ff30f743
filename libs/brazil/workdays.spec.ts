import { describe, expect, it } from 'vitest';
import * as fc from 'fast-check';
import { addDays, daysBetween, weekdayOf } from './days.js';
import { addWorkdays, isWorkday, nextWorkday, slipExpiry, workdayFrom } from './workdays.js';

const days = fc.integer({ min: 0, max: 40_000 }).map((later) => addDays('2000-01-01', later));

describe('days', () => {
  it('are counted over leap years and ends of months', () => {
    expect(addDays('2024-02-28', 1)).toBe('2024-02-29');
    expect(addDays('2026-03-01', -1)).toBe('2026-02-28');
    expect(daysBetween('2024-02-28', '2024-03-01')).toBe(2);
    expect(['2026-11-20', '2026-11-21', '2026-11-22'].map(weekdayOf)).toEqual([5, 6, 0]);
    for (const wrong of ['2026-02-30', '2026-2-3', '', '2026-01-01T00:00:00Z', '20260101']) {
      expect(() => addDays(wrong, 1)).toThrow(RangeError);
    }
    expect(() => addDays('9999-12-31', 1)).toThrow(RangeError);
  });
});

describe('business days of banks', () => {
  it('leave out weekends and what the whole country celebrates', () => {
    const closed = {
      // Published by the federation of banks for 2024, and 2025 and 2026 by the same rules.
      2024: '01-01 02-12 02-13 03-29 05-01 05-30 11-15 11-20 12-25 12-31',
      2025: '01-01 03-03 03-04 04-18 04-21 05-01 06-19 11-20 12-25 12-31',
      2026: '01-01 02-16 02-17 04-03 04-21 05-01 06-04 09-07 10-12 11-02 11-20 12-25 12-31',
    };
    for (const [year, listed] of Object.entries(closed)) {
      const found: string[] = [];
      for (let day = `${year}-01-01`; day.startsWith(year); day = addDays(day, 1)) {
        if (weekdayOf(day) % 6 !== 0 && !isWorkday(day)) found.push(day.slice(5));
      }
      expect([year, found.join(' ')]).toEqual([year, listed]);
    }
  });

  it('are Ash Wednesday and Christmas Eve, and no state has its own', () => {
    for (const open of ['2026-02-18', '2026-12-24', '2026-07-09', '2023-11-20']) expect(isWorkday(open)).toBe(true);
  });

  it('end with the last weekday but one of a year', () => {
    for (const closed of ['2022-12-30', '2023-12-29', '2024-12-31']) expect(isWorkday(closed)).toBe(false);
    expect(isWorkday('2023-12-28')).toBe(true);
    expect(nextWorkday('2023-12-28')).toBe('2024-01-02');
  });

  it('find Easter in its earliest and its latest year', () => {
    // 23 March 2008 and 24 April 2011, 25 April 2038.
    for (const friday of ['2008-03-21', '2011-04-22', '2038-04-23']) expect(isWorkday(friday)).toBe(false);
  });

  it('are counted on from any day', () => {
    expect(workdayFrom('2026-02-14')).toBe('2026-02-18');
    expect(workdayFrom('2026-02-18')).toBe('2026-02-18');
    expect(addWorkdays('2026-02-13', 1)).toBe('2026-02-18');
    expect(addWorkdays('2026-02-14', 0)).toBe('2026-02-18');
    for (const wrong of [-1, 0.5, NaN]) expect(() => addWorkdays('2026-02-13', wrong)).toThrow(RangeError);
    fc.assert(
      fc.property(days, fc.integer({ min: 0, max: 30 }), (day, n) => {
        const later = addWorkdays(day, n);
        expect(isWorkday(later)).toBe(true);
        let passed = 0;
        for (let at = day; at !== later; at = addDays(at, 1)) if (isWorkday(at) && at !== day) passed += 1;
        expect(n === 0 ? passed : passed + 1).toBe(n);
        expect(addWorkdays(addWorkdays(day, n), 1)).toBe(
          n === 0 ? nextWorkday(workdayFrom(day)) : addWorkdays(day, n + 1),
        );
      }),
    );
  });

  it('give a slip time until its payment must have been told', () => {
    expect(slipExpiry('2026-11-23', 0)).toBe('2026-11-25');
    // Due on a Saturday: payable on Monday, told on Wednesday.
    expect(slipExpiry('2026-11-21', 0)).toBe('2026-11-25');
    expect(slipExpiry('2026-01-14', 30)).toBe('2026-02-19');
  });
});
