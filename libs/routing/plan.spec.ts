import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { cents } from '@libs/money/cents.js';
import { noFee } from '@libs/money/fee.js';
import type { Provider } from '@libs/providers/contract/provider.js';
import { gerencianet } from '@libs/providers/gerencianet/gerencianet.provider.js';
import { nothingYet, type Recent } from './approval.js';
import { type Candidate, canDo, type Facts, type Instruction, type LaneFact, plan, replanned } from './plan.js';
import type { Rule, Ruleset } from './rules.js';

const pix = gerencianet.pix!;
const noCancel: Provider = { ...gerencianet, id: 'nocancel', pix: { ...pix, lacks: ['cancel'] }, pixKey: undefined };
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
    for (const wish of [cancel, { ...instruction, needs: 'pixKey' as const }]) {
      const { operation } = wish;
      const lanes = [lane('a', { provider: 'nocancel', operation }), lane('b', { operation, priority: 9 })];
      expect(shown(lanes, {}, wish)).toEqual(['b chosen priority', 'a skipped capability']);
    }
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

describe('a plan by rules', () => {
  const dear = lane('dear', { priority: 1, cost: { rateBps: 200, fixed: 0 }, price: { rateBps: 400, fixed: 0 } });
  const cheap = lane('cheap', { priority: 2, cost: { rateBps: 50, fixed: 2, minimum: 9 }, price: noFee });
  const ruled = (rules: readonly Rule[], more: Partial<Facts> = {}, wish = instruction): readonly Candidate[] =>
    plan(wish, { ...facts([dear, cheap]), rules: { version: 7, rules }, ...more }).decision.candidates;

  it('says its version, its figures, and what it has looked at', () => {
    const like = new Map([[':::', { attempts: 300, approved: 300 }]]);
    const approvals = new Map<string, Recent>([['credential-cheap', { attempts: 300, approved: 300, like }]]);
    const rules = { version: 7, rules: [{ strategy: 'cost' }] } satisfies Ruleset;
    const { decision } = plan(instruction, { ...facts([dear, cheap]), rules, approvals });
    expect(decision).toEqual({
      rulesVersion: 7,
      candidates: [
        {
          lane: 'cheap',
          provider: 'gerencianet',
          outcome: 'chosen',
          reason: 'cost',
          figures: { priority: 2, cost: 9, price: 0, attempts: 300, approval: 0.9996 },
        },
        {
          lane: 'dear',
          provider: 'gerencianet',
          outcome: 'fallback',
          reason: 'cost',
          figures: { priority: 1, cost: 20, price: 40, attempts: 0, approval: 0.8 },
        },
      ],
      seen: { at: at.toISOString(), like: ':::' },
    });
  });

  it('takes the first that holds, and without one goes by priority', () => {
    const first = (rules: readonly Rule[]): string => `${ruled(rules)[0]!.lane} ${ruled(rules)[0]!.reason}`;
    expect(first([{ when: { amountMin: 1001 }, strategy: 'cost' }])).toBe('dear priority');
    expect(first([{ when: { amountMin: 1000 }, strategy: 'cost' }, { prefer: ['x'] }])).toBe('cheap cost');
  });

  it('reads a card from the input, or from the traits that a domain gives, and never its number', () => {
    const card = { brand: 'Visa', bin: '4111111111111111', number: '4111111111111111' };
    const input = { ...(instruction.input as object), type: 'credit', card, installments: 3 };
    const traits = { type: 'credit', brand: 'elo', bin: '506699', installments: 1, country: 'br' } as const;
    const seenOf = (wish: Instruction): unknown => plan(wish, facts([dear])).decision.seen;
    const when = { like: 'credit:visa:parts:', at: at.toISOString() };
    expect(seenOf({ ...instruction, input })).toEqual({
      ...when,
      type: 'credit',
      brand: 'visa',
      bin: '41111111',
      installments: 3,
    });
    expect(seenOf({ ...instruction, input, traits })).toEqual({
      ...when,
      like: 'credit:elo::',
      ...traits,
      country: 'BR',
    });
    const strange = { type: 7, card: 'x', installments: '3', payer: null };
    expect(seenOf({ ...instruction, input: { ...(instruction.input as object), ...strange } })).toEqual({
      ...when,
      like: ':::',
    });
    const visa = lane('visa', { conditions: { brand: 'visa', installmentsMax: 2 } });
    const candidates = plan({ ...instruction, input }, facts([visa])).decision.candidates;
    expect(candidates).toEqual([{ lane: 'visa', provider: 'gerencianet', outcome: 'skipped', reason: 'condition' }]);
  });

  it('weighs instalments by the fee that they have', () => {
    const byInstallments = [{ installments: 2, rateBps: 5_000 }];
    const steep = lane('steep', { priority: 1, cost: { rateBps: 1, fixed: 0, byInstallments } });
    const wish = { ...instruction, traits: { installments: 2 } };
    const { decision } = plan(wish, { ...facts([steep, dear]), rules: { version: 1, rules: [{ strategy: 'cost' }] } });
    expect(decision.candidates.map((it) => [it.lane, it.figures!['cost']])).toEqual([
      ['dear', 20],
      ['steep', 500],
    ]);
  });
});

const someFee = fc.record({ rateBps: fc.nat(600), fixed: fc.nat(50) });
const someLane = fc
  .record({
    id: fc.uuid(),
    provider: fc.constantFrom('gerencianet', 'nocancel', 'noroom', 'bare', 'unheard'),
    weight: fc.option(fc.nat(5)),
    cost: someFee,
    price: someFee,
    operation: fc.constantFrom('pix.create' as const, 'pix.refund' as const),
    priority: fc.integer({ min: 0, max: 3 }),
    unproven: fc.boolean(),
    usable: fc.boolean(),
    conditions: fc.constantFrom({}, { amountMin: 2000 }, { amountMax: 5000 }, { weekdays: [1] }),
  })
  .map(({ id, ...more }) => lane(id, more));
const someLanes = fc.uniqueArray(someLane, { selector: (it) => it.id, maxLength: 8 });

const when = fc.constantFrom(
  {},
  { method: 'pix' },
  { amountMin: 2000 },
  { weekdays: [1], hours: { from: 11, to: 13 } },
);
const names = fc.constantFrom('gerencianet', 'nocancel', 'unheard');
const someRule: fc.Arbitrary<Rule> = fc
  .tuple(
    when,
    fc.oneof(
      fc.record({ prefer: fc.array(names, { minLength: 1, maxLength: 3 }) }),
      fc.record({ split: fc.dictionary(names, fc.integer({ min: 1, max: 9 }), { minKeys: 1 }) }),
      fc.record({ strategy: fc.constantFrom('priority', 'cost', 'approval', 'balanced') }),
    ),
  )
  .map(([conditions, way]) => ({ when: conditions, ...(way as Rule) }));
const someRules = fc.record({ version: fc.nat(9), rules: fc.array(someRule, { maxLength: 4 }) });
const someRecent = fc
  .nat(300)
  .chain((attempts) => fc.record({ attempts: fc.constant(attempts), approved: fc.nat(attempts) }));

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

  it('stores enough to be made again, by its own rules and by others', () => {
    const given = fc.tuple(someLanes, fc.array(someRecent, { maxLength: 8 }), fc.array(fc.nat(3), { maxLength: 8 }));
    fc.assert(
      fc.property(given, someRules, someRules, fc.uuid(), ([lanes, recents, opens], rules, others, id) => {
        const approvals = new Map(
          recents.map((it, i) => [
            `credential-${lanes[i]?.id}`,
            { ...nothingYet, ...it, like: new Map([[':::', it]]) },
          ]),
        );
        const open = Object.fromEntries(opens.flatMap((ms, i) => (ms > 0 && lanes[i] ? [[lanes[i].id, ms]] : [])));
        const all = { ...facts(lanes, open), approvals };
        const wish = { ...instruction, owner: { kind: 'pix', id } };
        const { decision } = plan(wish, { ...all, rules });
        const stored = JSON.parse(JSON.stringify(decision)) as typeof decision;
        const past = { ...instruction, ownerId: id, decision: stored };
        expect(replanned(past, rules)).toEqual(stored);
        expect(replanned(past, others)).toEqual(
          JSON.parse(JSON.stringify(plan(wish, { ...all, rules: others }).decision)),
        );
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
