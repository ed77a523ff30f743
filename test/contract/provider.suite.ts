import { expect } from 'vitest';
import { type Acts, type Operation, operations } from '@libs/providers/contract/acts.js';
import type { Finding } from '@libs/providers/contract/outcome.js';
import type { Proof } from '@libs/providers/contract/proof.js';
import type { Provider } from '@libs/providers/contract/provider.js';
import { weigh } from '@libs/routing/weigh.js';
import { type Bench, type Judge, kindIs, logsIn, type Rule } from './bench.js';
import { proofs, states } from './proof.suite.js';
import { secrets } from './secret.suite.js';
import { lacks, partsOf, type Staged } from './stand.js';
import type { Said } from './tap.js';
import { foreign, mispriced, statuses, unheard, warped } from './words.js';

/** One member is gone or odd: either the answer says the same as before, or nothing is known. */
const neverMisled: Judge = (heard, said, truth) => {
  kindIs(truth.kind, 'unknown')(heard, said, truth);
  if (heard.kind !== 'done' && heard.kind !== 'pending') return;
  expect('ref' in truth && truth.ref).toBe(heard.ref);
  if (heard.kind === 'done' && truth.kind === 'done') {
    expect([heard.amount, heard.currency]).toEqual([truth.amount, truth.currency]);
  }
};

const totality: Rule = {
  name: '1: an adapter never throws for what a provider says',
  async test(bench) {
    bench.tapped();
    const names = bench.stand.peer.names?.(bench.operation);
    await bench.hear(await bench.stage(), (said) => warped(said, names), neverMisled);
  },
};

const unlisted: Rule = {
  name: '2: what the table does not know is unknown, never declined',
  async test(bench) {
    const { peer } = bench.stand;
    bench.tapped();
    await bench.hear(await bench.stage(), (said) => unheard(said, peer.words), kindIs('unknown'));
    // The right words under a status that is not theirs.
    const like = (status: number): boolean => peer.alike?.includes(status) ?? false;
    const misplaced = (said: Said): readonly Said[] =>
      statuses
        .filter((it) => it !== said.status && it !== 204 && !(like(said.status) && like(it)))
        .map((status) => ({ ...said, status }));
    await bench.hear(await bench.stage(), misplaced, kindIs('unknown'));
    const refusals = statuses.filter((it) => it >= 400 && ![401, 403, 429].includes(it));
    const strange = refusals.map((status) => peer.refusal(status, 'nunca_visto', bench.operation));
    await bench.hear(await bench.stage(), () => strange, kindIs('unknown'));
  },
};

const keys: Rule = {
  name: '3: the key reaches the wire, and what stands under it already is compared',
  async test(bench) {
    const { operation, script, stand, tap } = bench;
    bench.tapped();
    const staged = await bench.stage();
    const first = await bench.act(staged);
    const { path, sent } = tap.seen.at(-1)!;
    const body = stand.peer.letter?.open(stand.sandbox, sent.body) ?? '';
    expect(`${path} ${JSON.stringify(sent)} ${body}`).toContain(bench.name(staged));
    if (stand.peer.repeated?.includes(operation)) return;
    const again = await bench.act(staged);
    const other = stand.peer.again?.[operation];
    expect(other === undefined ? ['pending', 'done'] : [other]).toContain(again.kind);
    expect('ref' in again && again.ref).toBe('ref' in first && first.ref);
    const others = script.others(staged.input);
    for (const input of others) {
      expect(await bench.act({ ...staged, input })).toMatchObject({ kind: 'unknown', why: expect.any(String) });
    }
    if (!staged.parent) {
      await comparedByAccount(bench);
      await takenBefore(bench);
      const [wish, key] = stand.wish(operation) ?? [];
      expect(key).toBe(wish);
      if (key !== undefined) {
        expect(await bench.act({ ...(await bench.stage()), key })).toMatchObject({ kind: bench.says, ref: wish });
      }
    }
    await stand.becomes(operation, staged, script.decide ? bench.says : 'done');
    expect(await bench.made(staged)).toBe(1);
  },
};

/** What stands under our key, and would pay somebody else, is not ours. */
async function comparedByAccount(bench: Bench): Promise<void> {
  const { stand, tap } = bench;
  const own = stand.credentials() as Readonly<Record<string, string>>;
  for (const [name, other] of Object.entries(stand.peer.foreign)) {
    const staged = await bench.stage();
    await bench.act(staged);
    tap.alter = (_, said) => ({ ...said, body: said.body.replaceAll(own[name]!, other) });
    expect(await bench.act(staged)).toMatchObject({ kind: 'unknown', why: 'duplicate' });
    tap.alter = undefined;
  }
}

/** The key was taken before our first call: parked, never adopted. */
async function takenBefore(bench: Bench): Promise<void> {
  const staged = await bench.stage();
  await bench.stand.arm(bench.operation, 'duplicate_key_first_send', { times: 1 });
  expect(await bench.act(staged)).toMatchObject({ kind: 'unknown', why: 'duplicate' });
  kindIs('unknown', 'absent')(await bench.find(staged), { status: 0, body: '' }, { kind: 'absent' });
  expect(await bench.made(staged)).toBe(0);
}

const whole: Rule = {
  name: '4: a capability is whole or absent',
  async test(bench) {
    const { operation, stand, tap } = bench;
    const [capability, act] = partsOf(operation);
    const offered = stand.offered(operation);
    const acts = operations.map(partsOf).filter(([of]) => of === capability);
    for (const [, name] of acts) expect(typeof offered[name]).toBe('function');
    expect(typeof offered.find).toBe('function');
    expect(Object.keys(offered.proof).sort()).toEqual(acts.map(([, name]) => name).sort());
    expect(acts.map(([, name]) => name)).toEqual(expect.arrayContaining([...(offered.lacks ?? [])]));
    if (!offered.lacks?.includes(act)) return;
    bench.tapped();
    const said = await stand.act(operation, { key: stand.key(operation), input: {} });
    expect([said, tap.seen]).toEqual([expect.objectContaining({ kind: 'declined', code: 'not_allowed' }), []]);
  },
};

/** Everything that can befall a question on its way, but for being late: it says nothing of the act. */
const befalls: readonly (readonly [kind: string, more: object, waitMs?: number])[] = [
  ['find_refused', { times: 1 }],
  ['http_401', { times: 2 }],
  ['http_429', { times: 1 }],
  ['http_500_before', { times: 1 }],
  ['http_500_after', { times: 1 }],
  ['garbled', { times: 1 }],
  ['truncated', { times: 1 }],
  ['reset_after', { times: 1 }],
  ['timeout_before', { times: 1 }, 120],
  ['timeout_after', { times: 1 }, 120],
  ['refuse', {}],
];

const questions: Rule = {
  name: '5: a question that fails says nothing, and no question changes anything',
  async test(bench) {
    const { operation, stand } = bench;
    bench.direct();
    const staged = await bench.stage();
    await bench.act(staged);
    const before = await stand.effects();
    const asked = `${partsOf(operation)[0]}.find`;
    for (const [kind, more, waitMs] of befalls) {
      await stand.arm(asked, kind, more);
      expect([kind, (await bench.find(staged, waitMs)).kind]).toEqual([kind, 'unknown']);
      await stand.calm();
    }
    const { kind } = await bench.find(staged);
    expect(kind).not.toBe('unknown');
    expect(await bench.find(staged)).toMatchObject({ kind });
    // What was under way before is not the question's doing: a refund is decided by and by.
    const others = (it: { readonly operation: string }): boolean => it.operation !== operation;
    expect((await stand.effects()).filter(others)).toEqual(before.filter(others));
    expect(await bench.made(staged)).toBeLessThanOrEqual(1);
    bench.tapped();
    await bench.find(staged);
    expect([...new Set(bench.tap.seen.map(({ method }) => method))]).toEqual([stand.peer.asks ?? 'GET']);
  },
};

const amounts: Rule = {
  name: '6: done says how much moved',
  async test(bench) {
    const { script, stand } = bench;
    bench.direct();
    const staged = await bench.stage();
    expect(await bench.done(staged)).toMatchObject({ kind: 'done', amount: bench.amount(staged), currency: 'BRL' });
    const proof = stand.proof(bench.operation);
    const euros = { kind: 'done', ref: 'x', at: new Date(0), amount: staged.amount, currency: 'EUR', data: {} };
    const news = euros as unknown as Finding; // no provider here can say it yet
    expect(weigh({ currency: 'BRL', proof }, news, 'find', { pastDeadlineMs: 0, ageMs: 0 }).kind).toBe('unknown');
    if (!script.moves) return;
    bench.tapped();
    const [money, numbers] = [stand.peer.money, stand.peer.amounts?.(bench.operation)];
    await bench.hear(await bench.stage(), (said) => mispriced(said, money, numbers), kindIs('unknown'));
    if (!script.decide || stand.peer.payments?.(bench.operation) === 'untold') return;
    bench.direct();
    const short = await bench.stage();
    await bench.act(short);
    await script.decide(stand, short, { amount: 77 });
    expect(await bench.find(short)).toMatchObject({ kind: 'done', amount: 77n });
  },
};

const twins: Rule = {
  name: '7: found more than once: the first is ours, no other is lost or counted twice',
  async test(bench) {
    const { script, stand } = bench;
    bench.direct();
    const staged = await bench.stage();
    const said = await bench.done(staged);
    if (said.kind !== 'done') throw new Error(`not done: ${said.kind}`);
    expect([said.moved ?? [], said.twins ?? []]).toEqual([[], []]);
    if (stand.peer.repeated?.includes(bench.operation)) return repeated(bench, staged);
    await bench.act(staged);
    expect(await bench.made(staged)).toBe(1);
    if (!script.decide || stand.peer.payments?.(bench.operation) !== undefined) return;
    for (const amount of [1, 2]) await script.decide(stand, staged, { amount, again: true });
    const more = await bench.find(staged);
    if (more.kind !== 'done') throw new Error(`not done: ${more.kind}`);
    expect([more.receipt, more.amount]).toEqual([said.receipt, said.amount]);
    const paid = (await stand.effects()).filter((it) => it.key === staged.key && it.operation.endsWith('.received'));
    const seen = [{ id: more.receipt, amount: more.amount }, ...(more.moved ?? [])];
    expect(seen.map(({ id, amount }) => [id, amount])).toEqual(paid.map(({ ref, amount }) => [ref, BigInt(amount)]));
  },
};

/** Sent twice it has happened twice: under a key both are found; without one nothing but `before` tells them apart. */
async function repeated(bench: Bench, staged: Staged): Promise<void> {
  const { operation, stand } = bench;
  const again = await bench.act(staged);
  expect([again.kind, await bench.made(staged)]).toEqual([bench.says, 2]);
  const found = await bench.find(staged);
  if (stand.peer.nameless?.includes(operation)) return expect(found).toMatchObject({ kind: 'done' });
  if (staged.parent) return kindIs('unknown')(found, { status: 0, body: '' }, found);
  const made = (await stand.effects()).filter((it) => it.key === staged.key && it.operation === operation);
  const seen = found.kind === 'done' ? [found.ref, ...(found.twins ?? [])] : [];
  expect([...seen].sort()).toEqual(made.map(({ ref }) => ref).sort());
  expect(found).toMatchObject({ kind: 'done', amount: bench.amount(staged) });
}

const refusals: Rule = {
  name: '9: a 429, 401 or 403 is unsent only in words that prove it',
  async test(bench) {
    const { peer } = bench.stand;
    bench.tapped();
    const staged = await bench.stage();
    for (const said of peer.unsent(bench.operation)) {
      bench.tap.instead = ({ path }) => (logsIn(path) ? undefined : said);
      expect([said, (await bench.act(staged)).kind]).toEqual([said, 'unsent']);
      // Of what has no name yet nobody is asked.
      const blind = peer.nameless?.includes(bench.operation) ? ['absent'] : [];
      expect(['unknown', ...blind]).toContain((await bench.find(staged)).kind);
    }
    bench.tap.instead = undefined;
    expect(await bench.made(staged)).toBe(0);
    const junk = foreign.flatMap((body) => statuses.map((status) => ({ status, body })));
    await bench.hear(staged, () => junk, kindIs('unknown'));
    const unseen = peer.absences(bench.operation);
    if (unseen.length > 0) await bench.hear(await bench.stage(), () => unseen, kindIs('unknown', 'absent'), true);
  },
};

export const rules: readonly Rule[] = [
  totality,
  unlisted,
  keys,
  whole,
  questions,
  amounts,
  twins,
  states,
  refusals,
  secrets,
  proofs,
];

/** Every act that a provider offers, with the rules that speak of it. */
export const owed = (provider: Provider): readonly (readonly [Operation, readonly Rule[]])[] =>
  operations.flatMap((operation) => {
    const [capability, act] = partsOf(operation);
    const offered = provider[capability as keyof Acts];
    if (!offered) return [];
    if (lacks(provider, operation)) return [[operation, [whole]]];
    const proof = (offered.proof as Readonly<Record<string, Proof>>)[act];
    return [[operation, rules.filter(({ of }) => of === undefined || (proof !== undefined && of(proof)))]];
  });

/** Those of them that it does not lack. */
export const played = (provider: Provider): readonly Operation[] =>
  owed(provider).flatMap(([operation]) => (lacks(provider, operation) ? [] : [operation]));

export const nameOf = (provider: Provider, operation: Operation, rule: Rule): string =>
  `${provider.id} ${operation} ${rule.name}`;

/** What ought to have been put to a provider, and was not. */
export const missing = (providers: readonly Provider[], reached: ReadonlySet<string>): readonly string[] =>
  providers.flatMap((provider) => {
    const names = owed(provider).flatMap(([operation, all]) => all.map((rule) => nameOf(provider, operation, rule)));
    return names.length === 0 ? [`${provider.id} offers nothing`] : names.filter((name) => !reached.has(name));
  });
