import type { Kind } from '@apps/sandbox/faults.js';
import { bites, kindsOf, type Struck } from './ends.js';
import { columnOf } from './failover.js';
import { houses, type Pair, pairs } from './slips.js';

/** What befalls the first of two providers of slips, for every two of the three in both orders. */
const operation = 'bankslip.create';
export const begun = (pair: Pair, kind: Kind): Struck => ({ ...pair, kind, operation, once: true });
export const columns = pairs.map((pair) => columnOf(begun(pair, 'refuse')));

const bite = (provider: Pair['provider']): readonly Kind[] =>
  kindsOf(provider).filter((kind) => bites(kind, [operation], provider).length > 0);
const rows = houses.map((first) =>
  bite(first).map((kind) => pairs.filter(({ provider }) => provider === first).map((pair) => begun(pair, kind))),
);
export const allCells: readonly Struck[] = rows.flat(2);
/** The whole product; or each kind at one of the three, with one of the other two behind it, all by turns. */
export const cellsOf = (whole: boolean): readonly Struck[] =>
  whole
    ? allCells
    : rows.flatMap((of, shift) =>
        of.flatMap((both, i) => ((i + shift) % 3 === 0 ? [both[(i >> 1) % both.length]!] : [])),
      );
