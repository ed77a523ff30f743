import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cents } from '@libs/money/cents.js';
import { type Past, replanned } from '@libs/routing/plan.js';
import { noRules, type Ruleset } from '@libs/routing/rules.js';
import { eventually, type Json, rows } from '@test/support/app.js';
import { Choice, type Decision, lanes, line, type Rules } from '@test/support/choice.js';
import { as, fresh, Scene } from '@test/support/scene.js';

let scene: Scene;
let choice: Choice;
let path: string;
beforeAll(async () => {
  scene = await Scene.open({ PROVIDER_DEADLINE_MS: '1500' });
  choice = await Choice.open(scene);
  path = choice.path;
}, 60_000);
afterAll(() => scene.close());

describe('the rules of a merchant', () => {
  it('are none at first', async () => {
    expect((await scene.admin('GET', path)).body).toEqual({ version: 0, rules: [], createdAt: null });
  });

  it('are a new version each time, and the old ones stay to be read', async () => {
    const rules = [
      {
        when: { method: 'pix', amountMin: 100, weekdays: [1, 7], hours: { from: 20, to: 6 } },
        prefer: ['gerencianet'],
      },
      { when: { type: 'credit', brand: 'Visa', bin: 411111, installmentsMax: 6, country: 'br' }, strategy: 'balanced' },
      { when: null, split: { gerencianet: 3 } },
    ];
    const kept = [
      rules[0],
      {
        when: { type: 'credit', brand: 'visa', bin: '411111', installmentsMax: 6, country: 'BR' },
        strategy: 'balanced',
      },
      { split: { gerencianet: 3 } },
    ];
    const one = await choice.rule(rules);
    expect(one).toMatchObject({ version: 1, rules: kept });
    const two = await choice.rule(rules);
    expect(two.version).toBe(2);
    expect(await choice.rule([])).toMatchObject({ version: 3, rules: [] });
    expect((await scene.admin('GET', `${path}?version=1`)).body).toEqual(one);
    expect((await scene.admin('GET', `${path}?version=0`)).body).toMatchObject({ version: 0, rules: [] });
    expect((await scene.admin('GET', `${path}?version=9`)).status).toBe(404);
    expect((await scene.admin('GET', `${path}?version=x`)).status).toBe(422);
    expect((await scene.admin('GET', path)).body).toMatchObject({ version: 3 });
  });

  it('are written down with what was before, and cannot be rewritten', async () => {
    const { headers, status } = await scene.admin('PUT', path, { rules: [{ strategy: 'cost' }] });
    expect(status).toBe(200);
    const { body } = await scene.admin('GET', '/admin/audit?limit=5');
    const acts = as<{ data: { requestId: string }[] }>(body).data;
    expect(acts.find((it) => it.requestId === headers.get('x-request-id'))).toMatchObject({
      route: 'PUT /admin/merchants/:id/routing',
      status: 200,
      before: { version: 3, rules: [] },
      after: { version: 4, rules: [{ strategy: 'cost' }] },
    });
    await expect(rows(scene.app, `update ruleset set rules = '[]'`)).rejects.toThrow('ruleset is append-only');
  });

  it.each<[string, unknown, string, string]>([
    ['nothing to do', [{}], 'rules[0]', 'required'],
    ['two things at once', [{ strategy: 'cost', prefer: ['gerencianet'] }], 'rules[0]', 'invalid'],
    ['an unknown provider', [{ prefer: ['acme'] }], 'rules[0].prefer', 'invalid'],
    ['nobody preferred', [{ prefer: [] }], 'rules[0].prefer', 'out_of_range'],
    ['a split to a stranger', [{ split: { acme: 1 } }], 'rules[0].split', 'unknown_field'],
    ['a split by nothing', [{ split: {} }], 'rules[0].split', 'out_of_range'],
    ['a weight of half', [{ split: { gerencianet: 0.5 } }], 'rules[0].split', 'invalid'],
    ['a weight of none', [{ split: { gerencianet: 0 } }], 'rules[0].split', 'out_of_range'],
    ['an unknown strategy', [{ strategy: 'luck' }], 'rules[0].strategy', 'invalid'],
    ['an unknown condition', [{ when: { moon: 1 }, strategy: 'cost' }], 'rules[0].when.moon', 'unknown_field'],
    [
      'a BIN of a whole card',
      [{ when: { bin: '4111111111111111' }, strategy: 'cost' }],
      'rules[0].when.bin',
      'too_long',
    ],
    [
      'no amount between',
      [{ when: { amountMin: 2, amountMax: 1 }, strategy: 'cost' }],
      'rules[0].when.amountMax',
      'out_of_range',
    ],
    ['no rules', undefined, 'rules', 'required'],
    ['no list', {}, 'rules', 'invalid'],
    ['no rule', [7], 'rules[0]', 'invalid'],
    ['too many', Array.from({ length: 101 }, () => ({ strategy: 'cost' })), 'rules', 'too_long'],
  ])('are refused by name: %s', async (_, rules, field, code) => {
    const { status, body } = await scene.admin('PUT', path, { rules });
    const [error] = as<{ errors: { field: string; code: string }[] }>(body).errors;
    expect([status, error?.field.replace(/(prefer)\[0\]$/, '$1'), error?.code]).toEqual([422, field, code]);
  });

  it('are nobody else’s', async () => {
    expect((await scene.api('GET', path)).status).toBe(403);
    expect((await scene.api('PUT', path, { rules: [] })).status).toBe(403);
    expect((await scene.admin('GET', '/admin/merchants/nobody/routing')).status).toBe(404);
    expect((await scene.admin('PUT', '/admin/merchants/nobody/routing', { rules: [] })).status).toBe(404);
  });
});

describe('a lane', () => {
  it.each(['suspected_fraud', 'card_expired', 'card_invalid', 'cancelled', 'expired', 'request_invalid'])(
    'is never left for another after %s, which is final',
    async (code) => {
      const { status, text } = await scene.admin(
        'PUT',
        `/admin/merchants/${choice.merchant}/lanes`,
        lanes({ reroute: [code] }),
      );
      expect([status, text]).toEqual([422, expect.stringContaining('[1].reroute')]);
    },
  );
});

describe('what would be chosen', () => {
  it('goes by the rules, with the figures, and touches nothing', async () => {
    await choice.rule([{ when: { amountMin: 100_000 }, prefer: ['gerencianet'] }, { strategy: 'cost' }]);
    const before = await choice.attempts();
    const now = await choice.planned();
    expect(line(now)).toBe('2 chosen cost, 1 fallback cost, skipped condition');
    expect(now.rulesVersion).toBe(as<Rules>((await scene.admin('GET', path)).body).version);
    expect(now.candidates[0]!.figures).toMatchObject({ priority: 2, cost: 1, price: 10, approval: expect.any(Number) });
    expect(line(await choice.planned({ amount: 600_000 }))).toBe('1 chosen rule, 2 fallback rule, 3 fallback rule');
    expect(line(await choice.planned({ currency: 'EUR' }))).toMatch(/^skipped \w+, skipped \w+, skipped \w+$/);
    expect(line(await choice.planned({ mode: 'live' }))).toBe('');
    expect(await choice.attempts()).toBe(before);
    expect((await scene.effects()).filter((it) => it.operation === 'pix.create')).toEqual([]);
  });

  it('is the same for the same charge, and another moment is another matter', async () => {
    await choice.rule([{ when: { hours: { from: 20, to: 6 } }, strategy: 'cost' }, { strategy: 'approval' }]);
    const chargeId = '0199b0de-7a52-7e6b-8d3c-3f1f2c9d5a10';
    const night = await choice.planned({ at: '2026-01-20T23:00:00-03:00', chargeId });
    expect(line(night)).toMatch(/^2 chosen cost/);
    const noon = { at: '2026-01-20T12:00:00-03:00', chargeId };
    const [one, two] = [await choice.planned(noon), await choice.planned(noon)];
    expect([one.candidates[0]!.reason, one]).toEqual(['approval', two]);
  });

  it.each<[object, string]>([
    [{ merchantId: '0199b0de-7a52-7e6b-8d3c-3f1f2c9d5a10' }, 'merchantId'],
    [{ operation: 'pix.fly' }, 'operation'],
    [{ amount: 0 }, 'amount'],
    [{ method: 'cards' }, 'method'],
    [{ installments: 0 }, 'installments'],
    [{ country: 'BRA' }, 'country'],
    [{ at: 'soon' }, 'at'],
    [{ cvv: '123' }, 'cvv'],
  ])('is asked for in words that mean something: %j', async (more, field) => {
    const asked = { merchantId: choice.merchant, operation: 'pix.create', amount: 1000, ...more };
    const { status, body } = await scene.admin('POST', '/admin/routing/plan', asked);
    expect([status, as<{ errors: { field: string }[] }>(body).errors[0]?.field]).toEqual([422, field]);
    expect((await scene.api('POST', '/admin/routing/plan', asked)).status).toBe(403);
  });
});

describe('what is chosen', () => {
  it('is what was said before: the figures to administrators, codes to merchants', async () => {
    await choice.rule([{ strategy: 'cost' }]);
    const foreseen = await choice.planned();
    const charge = await scene.pix();
    const decision = await choice.decided(charge);
    expect(decision.rulesVersion).toBe(foreseen.rulesVersion);
    expect(decision.candidates.map((it) => it.lane)).toEqual(foreseen.candidates.map((it) => it.lane));
    const { routing } = as<{ routing: Json }>((await scene.api('GET', `/pix/${charge.id}`)).body);
    expect(routing).toEqual({
      candidates: [
        { provider: 'gerencianet', outcome: 'chosen', reason: 'cost' },
        { provider: 'gerencianet', outcome: 'fallback', reason: 'cost' },
        { provider: 'gerencianet', outcome: 'skipped', reason: 'condition' },
      ],
    });
    const { body } = await scene.admin('GET', `/admin/transactions/${charge.id}`);
    const [attempt] = as<{ attempts: { decision: Decision }[] }>(body).attempts;
    expect(attempt!.decision).toEqual(decision);
    expect(attempt!.decision.candidates[0]!.figures).toMatchObject({ priority: 2, cost: 1, price: 10 });
  });

  it('goes on with the next lane when the first provably was not reached, and says why', async () => {
    await choice.rule([{ strategy: 'priority' }]);
    await scene.arm('pix.create', 'refuse', { times: 1 });
    const charge = await scene.pix({ customCode: fresh('moved') });
    await scene.calm();
    const story = as<{ attempts: { state: string; code: string | null }[] }>(
      (await scene.admin('GET', `/admin/transactions/${charge.id}`)).body,
    ).attempts;
    expect(story.map((it) => it.state).sort()).toEqual(['failed', 'pending']);
    expect(line(await choice.decided(charge))).toBe('1 chosen priority, 2 fallback priority, skipped condition');
  });
});

describe('what would have been chosen', () => {
  const dates = { from: '2020-01-01', to: '2099-12-31' };
  const asked = async (rules: readonly object[], headers: Record<string, string> = {}): Promise<string> => {
    const body = { merchantId: choice.merchant, rules, ...dates };
    const answer = await scene.admin('POST', '/admin/routing/replay', body, { headers });
    expect([answer.status, answer.text]).toEqual([202, expect.anything()]);
    return as<{ id: string }>(answer.body).id;
  };
  const ended = (id: string): Promise<Json> =>
    eventually(async () => {
      const { body } = await scene.admin('GET', `/admin/routing/replays/${id}`);
      return as<{ status: string }>(body).status !== 'running' && body;
    });

  it('is reckoned from what was stored, in money, fees and approvals, and moves nothing', async () => {
    await choice.rule([{ strategy: 'priority' }]);
    for (let i = 0; i < 3; i += 1) await scene.pix({ amount: 10_000 });
    const before = await choice.attempts();
    const begun = await rows<{ first: number; cost: number; amount: string }>(
      scene.app,
      `select (decision #>> '{candidates,0,figures,priority}')::int as first, amount,
         (decision #>> '{candidates,0,figures,cost}')::int as cost
       from attempt where decision -> 'seen' is not null and decision #>> '{candidates,0,lane}' = lane_id::text`,
    );
    const moving = begun.filter((it) => it.first === 1);
    const cheapest = await ended(await asked([{ strategy: 'cost' }]));
    expect(cheapest).toMatchObject({
      status: 'done',
      done: begun.length,
      total: begun.length,
      moved: moving.length,
      amountMoved: moving.reduce((sum, it) => sum + Number(it.amount), 0),
      feeDelta: moving.reduce((sum, it) => sum + Math.round(Number(it.amount) / 1000) - it.cost, 0),
    });
    expect(as<{ expectedApprovals: number }>(cheapest).expectedApprovals).toBeGreaterThan(begun.length / 2);
    expect(as<{ feeDelta: number }>(cheapest).feeDelta).toBeLessThan(0);
    expect(moving.length).toBeGreaterThanOrEqual(3);
    const same = await ended(await asked([{ when: { amountMin: 10_000 }, strategy: 'priority' }]));
    expect(same['moved']).toBe(begun.length - moving.length);
    expect(await choice.attempts()).toBe(before);
  });

  it('is asked for once under one key', async () => {
    const headers = { 'idempotency-key': fresh('replay') };
    const id = await asked([{ strategy: 'cost' }], headers);
    expect(await asked([{ strategy: 'cost' }], headers)).toBe(id);
    const other = { merchantId: choice.merchant, rules: [], ...dates };
    expect((await scene.admin('POST', '/admin/routing/replay', other, { headers })).status).toBe(409);
    await ended(id);
  });

  it('is refused where there is nothing to reckon', async () => {
    const body = { merchantId: choice.merchant, rules: [], ...dates };
    const refused = async (more: object): Promise<unknown> => {
      const answer = await scene.admin('POST', '/admin/routing/replay', { ...body, ...more });
      return [answer.status, as<{ errors: { field: string }[] }>(answer.body).errors[0]?.field];
    };
    expect(await refused({ merchantId: '0199b0de-7a52-7e6b-8d3c-3f1f2c9d5a10' })).toEqual([422, 'merchantId']);
    expect(await refused({ to: '2019-01-01' })).toEqual([422, 'to']);
    expect(await refused({ rules: [{}] })).toEqual([422, 'rules[0]']);
    expect(await refused({ from: undefined })).toEqual([422, 'from']);
    expect((await scene.admin('GET', '/admin/routing/replays/nothing')).status).toBe(404);
    expect((await scene.api('GET', '/admin/routing/replays/nothing')).status).toBe(403);
  });
});

describe('every decision that was stored', () => {
  it('is made again by the rules that it names', async () => {
    const rulesets = await rows<Ruleset>(scene.app, 'select version, rules from ruleset');
    const stored = await rows<Omit<Past, 'amount'> & { amount: string }>(
      scene.app,
      `select operation, amount, currency, owner_id as "ownerId", decision from attempt
       where decision -> 'seen' is not null`,
    );
    expect(stored.length).toBeGreaterThan(4);
    for (const { amount, ...past } of stored) {
      const rules = [noRules, ...rulesets].find((it) => it.version === past.decision.rulesVersion)!;
      expect(replanned({ ...past, amount: cents(BigInt(amount)) }, rules)).toEqual(past.decision);
    }
  });
});
