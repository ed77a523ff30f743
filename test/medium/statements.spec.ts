import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { now } from '@libs/kernel/clock.js';
import { type Cents, cents } from '@libs/money/cents.js';
import type { Line } from '@libs/providers/contract/statements.js';
import { closeHttp } from '@libs/providers/http.js';
import { configureProviders } from '@libs/providers/settings.js';
import { Routing } from '@libs/routing/routing.service.js';
import { Compare } from '@libs/statements/compare.js';
import { StatementJob } from '@libs/statements/statement.job.js';
import { Desk, line } from '@test/support/desk.js';

let desk: Desk;
let compare: Compare;
beforeAll(async () => {
  desk = await Desk.open();
  compare = desk.at.get(Compare, { strict: false });
});
afterAll(() => desk.close());

const dayMs = 86_400_000;
/** A Pix of R$ 10,00 that was paid, and what its lane costs. */
async function paid(costBps = 0): Promise<{ readonly attempt: string; readonly ref: string }> {
  const { attempt } = await desk.charge('pending');
  await desk.sql(`update attempt set cost = jsonb_build_object('rateBps', ?::int, 'fixed', 0) where id = ?`, [
    costBps,
    attempt,
  ]);
  const ref = `t${attempt}`;
  const money = { amount: cents(1000), currency: 'BRL' } as const;
  const data = { txid: ref, qrCode: '' };
  await desk.at
    .get(Routing, { strict: false })
    .settle(attempt, { kind: 'done', ref, at: now(), ...money, data }, 'find');
  return { attempt, ref };
}
const linesOf = (like: string) =>
  desk.sql<{ state: string; by: string | null }>(
    `select state, explained_by as by from statement_line where line like ? order by line`,
    [like],
  );
const sumOf = async (address: string): Promise<number> => {
  const [row] = await desk.sql<{ sum: number }>(
    `select coalesce(sum(case when "to" = ? then amount else -amount end), 0)::int as sum from posting
     where ? in ("from", "to")`,
    [address, address],
  );
  return row!.sum;
};

describe('a line without a name', () => {
  it('is explained by a payment of its amount that explains no other; the rest goes to suspense, once', async () => {
    const made = [await paid(), await paid(), await paid()].map(({ attempt }) => `attempt:${attempt}`);
    const credits = [1, 2, 3, 4].map((n) => line({ line: `n${n}` }));
    const others = [
      line({ line: 'nx', kind: 'sent' }),
      line({ line: 'ny', amount: cents(999) }),
      line({ line: 'nz', at: new Date(now().getTime() - 10 * dayMs) }),
    ];
    for (let round = 0; round < 2; round += 1) {
      expect(await compare.page(desk.credential, [...credits, ...others])).toBe(0);
      await compare.end(desk.credential, new Date(now().getTime() - 20 * dayMs));
    }
    const found = await linesOf('n%');
    const explained = found.flatMap(({ by }) => by ?? []);
    expect(new Set(explained)).toEqual(new Set(made));
    expect(found.filter(({ state }) => state === 'open')).toHaveLength(4);
    const before = await sumOf('provider:gerencianet:suspense');
    for (let round = 0; round < 2; round += 1) await compare.end(desk.credential, new Date(now().getTime() + dayMs));
    const last = (await linesOf('n%')).filter(({ state }) => state === 'suspense');
    expect(last).toHaveLength(4);
    // Three came in and one went out that nobody knows of.
    expect((await sumOf('provider:gerencianet:suspense')) - before).toBe(1000 + 999 + 1000 - 1000);
  });
});

describe('a fee that is stated', () => {
  it('adds to what its sale has booked only what differs, once', async () => {
    const before = await sumOf('provider:gerencianet:fees');
    const [same, more, less] = [await paid(100), await paid(100), await paid(100)];
    const fee = (of: { ref: string }, amount: Cents): Line =>
      line({ line: `f${amount}`, kind: 'fee', amount, about: { ref: of.ref } });
    const all = [
      fee(same, cents(10)),
      fee(more, cents(25)),
      fee(less, cents(4)),
      line({ line: 'f9', kind: 'fee', amount: cents(9) }),
      fee({ ref: 'tunknown' }, cents(7)),
    ];
    for (let round = 0; round < 2; round += 1) await compare.page(desk.credential, all);
    expect((await sumOf('provider:gerencianet:fees')) - before).toBe(10 + 25 + 4 + 9);
    expect((await linesOf('f%')).map(({ by }) => by?.split(':')[0])).toEqual([
      'attempt', // f10
      'movement', // f25
      'movement', // f4
      undefined, // f7: its sale may still be on its way
      'movement', // f9
    ]);
  });
});

describe('a reading', () => {
  const seen: string[] = [];
  let answer: 'whole' | 'broken' | 'refused' = 'whole';
  const payment = (n: number) => ({
    endToEndId: `E${n}`,
    valor: '1.00',
    horario: new Date(now().getTime()).toISOString(),
  });
  /** Efí's door, played by a few lines. */
  const efi = createServer((request, response) => {
    const url = new URL(request.url!, 'http://localhost');
    const at = Number(url.searchParams.get('paginacao.paginaAtual'));
    const say = (status: number, json: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(json));
    };
    if (url.pathname === '/_sim/listeners') return say(200, { gerencianet: origin });
    if (url.pathname === '/oauth/token') return say(200, { access_token: 'T', token_type: 'Bearer', expires_in: 3600 });
    seen.push(`${at}`);
    if (answer === 'refused') return say(403, { nome: 'acesso_negado', mensagem: 'Sem escopo' });
    if (answer === 'broken' && at === 1) return say(500, {});
    return say(200, { parametros: { paginacao: { quantidadeDePaginas: 3 } }, pix: [payment(at)] });
  });
  let origin = '';
  beforeAll(async () => {
    await new Promise<void>((listening) => efi.listen(0, listening));
    origin = `http://localhost:${(efi.address() as AddressInfo).port}`;
    configureProviders({ sandboxUrl: origin });
  });
  afterAll(async () => {
    await closeHttp();
    efi.close();
  });
  const rows = () =>
    desk.sql<{ id: string; status: string; cursor: string | null; lines: number; error: string | null; days: number }>(
      `select id, status, cursor, lines::int, error, extract(day from until - since)::int as days from statement
       order by until`,
    );

  it('goes on where it was broken off, and is one a day', async () => {
    const job = desk.at.get(StatementJob, { strict: false });
    await job.due();
    expect(await rows()).toEqual([]); // the account's first day has not ended
    await desk.sql(`update credential set created_at = created_at - interval '40 days'`);
    await job.due();
    await job.due();
    const [first, ...none] = await rows();
    expect([first, none]).toMatchObject([{ status: 'running', days: 31 }, []]);
    const { id } = first!;
    const read = () => job.read({ id: '1', name: 'statements.read', payload: { statement: id }, tries: 1 });
    answer = 'broken';
    await expect(read()).rejects.toThrow('the statement was not read');
    expect(await rows()).toMatchObject([{ status: 'running', cursor: '1', lines: 1, error: 'status 500' }]);
    answer = 'whole';
    await read();
    await read();
    expect(seen).toEqual(['0', '1', '1', '2']);
    expect(await rows()).toMatchObject([{ status: 'done', cursor: null, lines: 3, error: null }]);
  });

  it('begins two days before the end of the last whole one; a refusal ends it until the next day', async () => {
    const job = desk.at.get(StatementJob, { strict: false });
    answer = 'refused';
    await job.due();
    const [, second] = await rows();
    expect(second).toMatchObject({ status: 'running', days: 11 });
    await job.read({ id: '1', name: 'statements.read', payload: { statement: second!.id }, tries: 1 });
    expect((await rows())[1]).toMatchObject({ status: 'failed', error: expect.stringContaining('403') });
    await job.due();
    expect((await rows())[1]).toMatchObject({ status: 'failed' });
    await desk.sql(`update statement set created_at = created_at - interval '25 hours' where id = ?`, [second!.id]);
    await job.due();
    expect((await rows())[1]).toMatchObject({ id: second!.id, status: 'running' });
  });
});
