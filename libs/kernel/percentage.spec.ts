import { describe, expect, it } from 'vitest';
import * as fc from 'fast-check';
import { parseJson } from './json.js';
import { toHundredths } from './percentage.js';

const read = (json: string): unknown => toHundredths((parseJson(Buffer.from(`[${json}]`)) as unknown[])[0], 1_000);

describe('a percentage of a request', () => {
  it('is exact, whatever a double makes of it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000 }), (it) => {
        expect(read(`${Math.trunc(it / 100)}.${String(it % 100).padStart(2, '0')}`)).toBe(it);
      }),
    );
    expect(['2', '0.1', '0.10', '1.000', '10'].map(read)).toEqual([200, 10, 10, 100, 1_000]);
  });

  it.each(['0', '-0', '-1', '-0.5', '0.001', '10.01', '11', '1e3', '1e400', '1e-400'])('is out of range: %s', (it) => {
    expect(read(it)).toEqual({ code: 'out_of_range' });
  });

  it.each(['0.125', '2.005', '"2"', 'true', '[]', '{}', '1e0', '""'])('is refused: %s', (it) => {
    expect(read(it)).toEqual({ code: 'invalid' });
  });
});
