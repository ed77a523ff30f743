import { describe, expect, it } from 'vitest';
import { dayAt, endOf, midnight, startOf } from './period.js';

describe('a period', () => {
  it('reads a date in São Paulo, both ends included', () => {
    expect(startOf('2026-01-20')?.toISOString()).toBe('2026-01-20T03:00:00.000Z');
    expect(endOf('2026-01-20')?.toISOString()).toBe('2026-01-21T03:00:00.000Z');
    expect(endOf('2028-02-29')?.toISOString()).toBe('2028-03-01T03:00:00.000Z');
  });

  it('follows the summer time that Brazil once had', () => {
    expect(startOf('2018-12-01')?.toISOString()).toBe('2018-12-01T02:00:00.000Z');
  });

  it('knows the day of a moment, and when it began', () => {
    expect(['2026-01-20T02:59:59.999Z', '2026-01-20T03:00:00Z'].map((it) => dayAt(new Date(it)))).toEqual([
      '2026-01-19',
      '2026-01-20',
    ]);
    expect(midnight('2026-01-20').toISOString()).toBe('2026-01-20T03:00:00.000Z');
  });

  it('reads an instant to the millisecond that answers show', () => {
    expect(startOf('2026-01-20T10:00:00-03:00')?.toISOString()).toBe('2026-01-20T13:00:00.000Z');
    expect(endOf('2026-01-20T13:00:00.123z')?.toISOString()).toBe('2026-01-20T13:00:00.124Z');
  });

  it.each([
    '',
    'x',
    '2026-02-30',
    '2026-13-01',
    '2026-1-1',
    '2026-01-20T10:00:00',
    '2026-01-20T25:00:00Z',
    '0000-01-01',
  ])('refuses %p', (text) => {
    expect(startOf(text)).toBeUndefined();
    expect(endOf(text)).toBeUndefined();
  });
});
