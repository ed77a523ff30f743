import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { LockMode, MikroORM } from '@mikro-orm/postgresql';
import * as fc from 'fast-check';
import { Client } from 'pg';
import { RefusedFault } from '@libs/kernel/fault.js';
import { uuid } from '@libs/kernel/ids.js';
import { type Em, sqlState, tx } from '@libs/kernel/transaction.js';
import * as at from '@libs/ledger/address.js';
import { Balance } from '@libs/ledger/balance.entity.js';
import { Entry, Posting } from '@libs/ledger/entry.entity.js';
import { Ledger } from '@libs/ledger/ledger.service.js';
import type { EntryDraft, PostingDraft } from '@libs/ledger/sale.js';
import { type Cents, cents, type Currency } from '@libs/money/cents.js';
import { cloneDatabase, type TestDatabase } from '@test/support/database.js';

const ledger = new Ledger();
const clearing = at.providerClearing('gerencianet');
let database: TestDatabase;
let orm: MikroORM;
let em: Em;
let merchant: string;
let payable: string;

beforeAll(async () => {
  database = await cloneDatabase();
  const pool = { max: 20 };
  orm = await MikroORM.init({ clientUrl: database.url, entities: [Entry, Posting, Balance], pool });
  em = orm.em;
});
afterAll(async () => {
  await orm?.close(true);
  await database?.drop();
});
beforeEach(() => {
  merchant = uuid();
  payable = at.merchantPayable(merchant);
});

const post = (from: string, to: string, amount: bigint | number, claim?: true): PostingDraft => ({
  from,
  to,
  amount: cents(amount),
  currency: 'BRL',
  ...(claim ? { claim } : {}),
});
const entry = (...postings: PostingDraft[]): EntryDraft => ({ reference: `test:${uuid()}`, postings });
const write = (...entries: EntryDraft[]): Promise<void> => tx(em, (em) => ledger.post(em, 'test', entries));
const claim = (from: string, amount: bigint | number): EntryDraft => entry(post(from, at.refundsTransit, amount, true));

async function row(address: string, currency: Currency = 'BRL'): Promise<{ amount: Cents; debt: Cents } | undefined> {
  const found = await em.fork().findOne(Balance, { mode: 'test', address, currency });
  return found ? { amount: found.amount, debt: found.debt } : undefined;
}
/** A balance as the sum of its postings, with nothing of ours in between. */
async function summed(address: string, currency: Currency = 'BRL'): Promise<bigint> {
  const sql = `select coalesce(sum(case when "to" = ? then amount else -amount end), 0)::text as total
    from posting where mode = 'test' and currency = ? and ? in ("from", "to")`;
  const [found] = await em.fork().execute<{ total: string }[]>(sql, [address, currency, address]);
  return BigInt(found!.total);
}

describe('the books', () => {
  it('are append-only, whoever asks', async () => {
    await write(entry(post(clearing, payable, 5)));
    const client = new Client({ connectionString: database.url });
    await client.connect();
    const changes = [
      'update posting set amount = amount + 1',
      'delete from posting',
      'truncate posting',
      'truncate entry cascade',
      `update entry set reference = reference || 'x'`,
      'delete from entry',
    ];
    try {
      for (const sql of changes) {
        await expect(client.query(sql)).rejects.toMatchObject({ code: '23001' });
        await expect(em.fork().execute(sql)).rejects.toThrow('append-only');
      }
    } finally {
      await client.end();
    }
    expect(await summed(payable)).toBe(5n);
  });

  it('keep test and live apart', async () => {
    await tx(em, (em) => ledger.post(em, 'live', [entry(post(clearing, payable, 100))]));
    await expect(write(claim(payable, 1))).rejects.toBeInstanceOf(RefusedFault);
    await write(entry(post(clearing, payable, 1)));
    expect(await em.fork().find(Balance, { address: payable }, { orderBy: { mode: 'asc' } })).toMatchObject([
      { mode: 'live', amount: 100n },
      { mode: 'test', amount: 1n },
    ]);
  });

  it('take a reference once, and say so', async () => {
    const once = entry(post(clearing, payable, 5));
    expect(await ledger.posted(em.fork(), once.reference)).toBe(false);
    await write(once);
    expect(await ledger.posted(em.fork(), once.reference)).toBe(true);
    expect(sqlState(await write(entry(post(clearing, payable, 1)), once).catch((e: unknown) => e))).toBe('23505');
    expect(await row(payable)).toEqual({ amount: 5n, debt: 0n });
  });

  it('write several entries at once, each with its own postings, and none for none', async () => {
    const two = [
      entry(post(clearing, payable, 5), post(payable, at.platformFees, 1)),
      entry(post(payable, clearing, 2)),
    ];
    await write(...two);
    await write();
    const entries = await em.fork().find(Entry, { reference: { $in: two.map((it) => it.reference) } });
    const counts = await Promise.all(entries.map(({ id }) => em.fork().count(Posting, { entryId: id })));
    expect(counts.toSorted((a, b) => a - b)).toEqual([1, 2]);
    expect(await row(payable)).toEqual({ amount: 2n, debt: 0n });
  });

  it('lock nothing that every sale touches', async () => {
    await write(entry(post(clearing, at.platformFees, 5)));
    expect(await row(clearing)).toBeUndefined();
    expect(await row(at.platformFees)).toBeUndefined();
  });

  it('refuse a bug before anything is written', async () => {
    await expect(write(entry(post(clearing, 'merchant:x:payabel', 5)))).rejects.toBeInstanceOf(RangeError);
  });
});

describe('claims and facts', () => {
  it('refuses a claim that the balance does not bear, and writes nothing', async () => {
    await write(entry(post(clearing, payable, 10)));
    const refused = claim(payable, 11);
    await expect(write(entry(post(clearing, payable, 1_000)), refused, claim(payable, 1_000))).rejects.toMatchObject({
      status: 422,
      code: 'insufficient_funds',
      message: 'Saldo insuficiente.',
    });
    expect(await ledger.posted(em.fork(), refused.reference)).toBe(false);
    expect(await row(payable)).toEqual({ amount: 10n, debt: 0n });
    await write(claim(payable, 10));
    expect(await row(payable)).toEqual({ amount: 0n, debt: 0n });
  });

  it('lets a fact push into debt, which the next sale pays first', async () => {
    await write(entry(post(clearing, payable, 10)));
    await write(entry(post(payable, clearing, 25)));
    expect(await row(payable)).toEqual({ amount: 0n, debt: 15n });
    await expect(write(claim(payable, 1))).rejects.toBeInstanceOf(RefusedFault);
    await write(entry(post(clearing, payable, 12)));
    expect(await row(payable)).toEqual({ amount: 0n, debt: 3n });
    await write(entry(post(clearing, payable, 5)));
    expect(await row(payable)).toEqual({ amount: 2n, debt: 0n });
    expect(await summed(payable)).toBe(2n);
  });

  it('judges claims in posting order', async () => {
    const sale = post(clearing, payable, 10);
    const given = post(payable, at.refundsTransit, 10, true);
    await expect(write(entry(given, sale))).rejects.toBeInstanceOf(RefusedFault);
    await write(entry(sale, given));
    expect(await row(payable)).toEqual({ amount: 0n, debt: 0n });
  });

  it('does to any series what a plain model does', async () => {
    const addresses = (): string[] => {
      const [one, two] = [uuid(), uuid()];
      return [at.merchantPayable(one), at.merchantReceivable(one), at.merchantPayable(two), clearing, at.platformFees];
    };
    const draft = fc.record({
      from: fc.nat(4),
      to: fc.nat(4),
      amount: fc.oneof(fc.bigInt({ min: 1n, max: 30n }), fc.bigInt({ min: 1n, max: 10n ** 15n })),
      currency: fc.constantFrom('BRL' as const, 'EUR' as const),
      claim: fc.boolean(),
    });
    const calls = fc.array(fc.array(draft, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 8 });
    const property = fc.asyncProperty(calls, async (series) => {
      const names = addresses();
      const model = new Map<string, bigint>();
      const standing = (key: string): bigint => model.get(key) ?? 0n;
      for (const call of series) {
        const postings = call
          .filter(({ from, to }) => from !== to)
          .map(({ from, to, amount, currency, claim }): PostingDraft => {
            const ends = { from: names[from]!, to: names[to]!, amount: cents(amount), currency };
            return claim && from < 3 ? { ...ends, claim: true } : ends;
          });
        if (postings.length === 0) continue;
        const after = new Map(model);
        const add = (key: string, amount: bigint): bigint => after.set(key, (after.get(key) ?? 0n) + amount).get(key)!;
        const holds = postings.map(({ from, to, amount, currency, claim }) => {
          const left = add(`${from} ${currency}`, 0n - amount);
          add(`${to} ${currency}`, amount);
          return !claim || left >= 0n;
        });
        const passed = await write(...postings.map((it) => entry(it))).then(
          () => true,
          (error: unknown) => {
            if (error instanceof RefusedFault) return false;
            throw error;
          },
        );
        expect(passed).toBe(holds.every(Boolean));
        if (passed) for (const [key, value] of after) model.set(key, value);
      }
      for (const address of names.slice(0, 3)) {
        for (const currency of ['BRL', 'EUR'] as const) {
          const found = await row(address, currency);
          const stands = standing(`${address} ${currency}`);
          expect(await summed(address, currency)).toBe(stands);
          expect((found?.amount ?? 0n) - (found?.debt ?? 0n)).toBe(stands);
          expect((found?.amount ?? 0n) * (found?.debt ?? 0n)).toBe(0n);
        }
      }
    });
    await fc.assert(property, { numRuns: 30 });
    expect(await ledger.total(em.fork())).toBe(0n);
  });
});

describe('at once', () => {
  /** Without `tx`, which would try a deadlock again and so hide it. */
  const bare = (...entries: EntryDraft[]): Promise<boolean> =>
    em
      .fork()
      .transactional((em) => ledger.post(em, 'test', entries))
      .then(
        () => true,
        (error: unknown) => {
          if (error instanceof RefusedFault) return false;
          throw error;
        },
      );
  const times = <T>(count: number, act: (i: number) => Promise<T>): Promise<T[]> =>
    Promise.all(Array.from({ length: count }, (_, i) => act(i)));

  it('lets ten of twenty claims pass on a balance for ten', async () => {
    await write(entry(post(clearing, payable, 10)));
    const passed = await times(20, () => bare(claim(payable, 1)));
    expect(passed.filter(Boolean)).toHaveLength(10);
    expect(await row(payable)).toEqual({ amount: 0n, debt: 0n });
    expect(await summed(payable)).toBe(0n);
  });

  it('neither deadlocks nor loses a cent where addresses cross', async () => {
    for (let round = 0; round < 5; round += 1) {
      const names = Array.from({ length: 4 }, () => at.merchantPayable(uuid()));
      const pairs = names.flatMap((from) => names.filter((to) => to !== from).map((to) => ({ from, to })));
      // Rows are missing at first: who makes them, and who waits for that, is part of the race.
      await times(60, async (i) => {
        const [one, two] = [pairs[i % pairs.length]!, pairs[(i * 7 + 3) % pairs.length]!];
        await bare(entry(post(one.from, one.to, 3)), entry(post(two.from, two.to, 2)));
      });
      const claims = await times(60, (i) => {
        const { from, to } = pairs[i % pairs.length]!;
        return bare(entry(post(from, to, 2, true), post(clearing, to, 1)));
      });
      const rows = await Promise.all(names.map((name) => row(name)));
      for (const [i, name] of names.entries()) expect(rows[i]!.amount - rows[i]!.debt).toBe(await summed(name));
      const all = rows.reduce((total, it) => total + it!.amount - it!.debt, 0n);
      expect(all).toBe(BigInt(claims.filter(Boolean).length));
    }
  });

  it('waits for a balance that somebody else has locked, and judges what it finds then', async () => {
    await write(entry(post(clearing, payable, 10)));
    let waiting: Promise<boolean> | undefined;
    await em.fork().transactional(async (em) => {
      await em.findOneOrFail(
        Balance,
        { mode: 'test', address: payable, currency: 'BRL' },
        { lockMode: LockMode.PESSIMISTIC_WRITE },
      );
      waiting = bare(claim(payable, 10));
      await new Promise((resolve) => setTimeout(resolve, 50));
      await ledger.post(em, 'test', [claim(payable, 1)]);
    });
    expect(await waiting).toBe(false);
    expect(await row(payable)).toEqual({ amount: 9n, debt: 0n });
  });
});
