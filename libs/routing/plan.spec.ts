import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { cents } from '@libs/money/cents.js';
import { noFee } from '@libs/money/fee.js';
import type { Provider } from '@libs/providers/contract/provider.js';
import { gerencianet } from '@libs/providers/gerencianet/gerencianet.provider.js';
import { type Candidate, canDo, type Facts, type Instruction, type LaneFact, plan } from './plan.js';

const pix = gerencianet.pix!;
const noCancel: Provider = { ...gerencianet, id: 'nocancel', pix: { ...pix, lacks: ['cancel'] } };
const noRoom: Provider = { ...gerencianet, id: 'noroom', unfit: () => 'never' };
const bare: Provider = { ...gerencianet, id: 'bare', pix: undefined };
const providers = [gerencianet, noCancel, noRoom, bare];
const at = new Date('2026-03-02T15:00:00Z'); // a Monday, noon in São Paulo

const instruction: Instruction = {
  merchantId: 'm',
  mode: 'test',
  operation: 'pix.create',
  amount: cents(1000),
  currency: 'BRL',
  owner: { kind: 'pix', id: 'c' },
  input: { amount: cents(1000), currency: 'BRL', expireSeconds: 3600 },
};
const lane = (id: string, more: Partial<LaneFact> = {}): LaneFact => ({
  id,
  merchantId: 'm',
  credentialId: `credential-${id}`,
  provider: 'gerencianet',
  operation: 'pix.create',
  mode: 'test',
  priority: 1,
  weight: null,
  conditions: {},
  settleDays: 0,
  settleOn: 'calendar',
  unproven: false,
  cost: noFee,
  price: noFee,
  reroute: [],
  usable: true,
  environment: 'simulator',
  takes: 'BRL',
  ...more,
});
const facts = (lanes: readonly LaneFact[], open: Record<string, number> = {}): Facts => ({
  lanes,
  providers,
  tripped: new Map(Object.entries(open).map(([id, ms]) => [`credential-${id}`, new Date(at.getTime() + ms)])),
  at,
});
const shown = (lanes: readonly LaneFact[], open?: Record<string, number>, wish = instruction): string[] =>
  plan(wish, facts(lanes, open)).decision.candidates.map((it) => `${it.lane} ${it.outcome} ${it.reason}`);

describe('a plan', () => {
  it('goes by priority, then by id', () => {
    expect(shown([lane('b', { priority: 2 }), lane('c'), lane('a', { priority: 2 })])).toEqual([
      'c chosen priority',
      'a fallback priority',
      'b fallback priority',
    ]);
  });

  it('says why a lane cannot serve', () => {
    const lanes = [
      lane('fit'),
      lane('none', { provider: 'unheard' }),
      lane('bare', { provider: 'bare' }),
      lane('unfit', { provider: 'noroom' }),
      lane('small', { conditions: { amountMax: 999 } }),
      lane('retired', { usable: false }),
      lane('euro', { takes: 'EUR' }),
    ];
    expect(shown(lanes)).toEqual([
      'fit chosen priority',
      'none skipped capability',
      'bare skipped capability',
      'unfit skipped capability',
      'small skipped condition',
      'retired skipped credentials',
      'euro skipped credentials',
    ]);
  });

  it('does not look at lanes of other operations', () => {
    const other = lane('refunds', { operation: 'pix.refund' });
    expect(shown([other])).toEqual([]);
    expect(plan(instruction, facts([other]))).toMatchObject({ refused: 'no_lane' });
    expect(plan(instruction, facts([lane('x', { usable: false })]))).toMatchObject({ refused: 'no_capability' });
  });

  it('knows what a provider lacks', () => {
    const cancel: Instruction = { ...instruction, operation: 'pix.cancel' };
    const lanes = [
      lane('a', { provider: 'nocancel', operation: 'pix.cancel' }),
      lane('b', { operation: 'pix.cancel', priority: 9 }),
    ];
    expect(shown(lanes, {}, cancel)).toEqual(['b chosen priority', 'a skipped capability']);
    expect([canDo(noCancel, 'pix.cancel'), canDo(noCancel, 'pix.refund')]).toEqual([false, true]);
    expect([canDo(bare, 'pix.create'), canDo(undefined, 'pix.create')]).toEqual([false, false]);
  });

  it('puts open breakers at the end, the one that closes first before the others', () => {
    const lanes = [lane('a', { priority: 1 }), lane('b', { priority: 2 }), lane('c', { priority: 3 })];
    expect(shown(lanes, { a: 9_000, b: 5_000 })).toEqual([
      'c chosen priority',
      'b fallback breaker',
      'a fallback breaker',
    ]);
    expect(shown(lanes, { a: 9_000, b: 5_000, c: 7_000 })[0]).toBe('b chosen breaker');
  });

  it('puts unproven lanes after proven ones, whatever their priority, and before open breakers', () => {
    const lanes = [lane('a', { unproven: true }), lane('b', { priority: 9 }), lane('c')];
    expect(shown(lanes, { c: 1 }).map((it) => it[0])).toEqual(['b', 'a', 'c']);
  });
});

const someLane = fc
  .record({
    id: fc.uuid(),
    provider: fc.constantFrom('gerencianet', 'nocancel', 'noroom', 'bare', 'unheard'),
    operation: fc.constantFrom('pix.create' as const, 'pix.refund' as const),
    priority: fc.integer({ min: 0, max: 3 }),
    unproven: fc.boolean(),
    usable: fc.boolean(),
    conditions: fc.constantFrom({}, { amountMin: 2000 }, { amountMax: 5000 }, { weekdays: [1] }),
  })
  .map(({ id, ...more }) => lane(id, more));
const someLanes = fc.uniqueArray(someLane, { selector: (it) => it.id, maxLength: 8 });

describe('every plan', () => {
  it('is the same for the same facts, in whatever order they are given', () => {
    const given = someLanes.chain((lanes) =>
      fc.tuple(
        fc.constant(lanes),
        fc.shuffledSubarray(lanes, { minLength: lanes.length, maxLength: lanes.length }),
        fc.subarray(lanes),
      ),
    );
    fc.assert(
      fc.property(given, ([lanes, shuffled, tripped]) => {
        const open = Object.fromEntries(tripped.map((it, i) => [it.id, (i % 2) * 1000 + 1]));
        const byLane = (it: readonly Candidate[]): unknown => [...it].sort((a, b) => (a.lane < b.lane ? -1 : 1));
        const [one, two] = [plan(instruction, facts(lanes, open)), plan(instruction, facts(shuffled, open))];
        expect(plan(instruction, facts(lanes, open))).toEqual(one);
        expect('lanes' in two && two.lanes).toEqual('lanes' in one && one.lanes);
        expect(byLane(two.decision.candidates)).toEqual(byLane(one.decision.candidates));
      }),
    );
  });

  it('names each candidate once, the first it chose, and serves only by lanes that can', () => {
    fc.assert(
      fc.property(someLanes, (lanes) => {
        const it = plan(instruction, facts(lanes));
        const { candidates } = it.decision;
        const considered = lanes.filter(({ operation }) => operation === 'pix.create').map(({ id }) => id);
        expect(candidates.map((one) => one.lane).sort()).toEqual(considered.sort());
        const serving = candidates.filter((one) => one.outcome !== 'skipped').map((one) => one.lane);
        expect('lanes' in it ? it.lanes.map(({ id }) => id) : []).toEqual(serving);
        expect(candidates.map(({ outcome }) => outcome === 'chosen')).toEqual(
          candidates.map((_, i) => i === 0 && serving.length > 0),
        );
      }),
    );
  });
});
