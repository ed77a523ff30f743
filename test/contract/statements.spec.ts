import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { plainToInstance } from 'class-transformer';
import { now } from '@libs/kernel/clock.js';
import { addDays } from '@libs/brazil/days.js';
import { dayAt, midnight } from '@libs/kernel/period.js';
import { timer } from '@libs/kernel/timer.js';
import type { Line } from '@libs/providers/contract/statements.js';
import { closeHttp } from '@libs/providers/http.js';
import { providerOf } from '@libs/providers/registry.js';
import { configureProviders } from '@libs/providers/settings.js';
import { type Sandbox, startSandbox } from '@apps/sandbox/server.js';
import { Shop } from './pinbank.client.js';
import { peers } from './peers.js';
import { send } from './sandbox.client.js';
import { Buyer } from './stripe.client.js';

let sandbox: Sandbox;
const directory = mkdtempSync(join(tmpdir(), 'statements-'));
beforeAll(async () => {
  sandbox = await startSandbox({ port: 0, directory });
  configureProviders({ sandboxUrl: sandbox.url, sandboxCa: sandbox.caFile });
});
afterAll(async () => {
  await closeHttp();
  await sandbox.close();
  rmSync(directory, { recursive: true });
});

const today = dayAt(now());
const page = (name: string, cursor?: string, first = today, over: object = {}) => {
  const provider = providerOf(name);
  const credentials = plainToInstance(provider.credentials, { ...peers[name]!.credentials(sandbox), ...over });
  const input = { since: midnight(first), until: midnight(addDays(first, 1)), cursor };
  return provider.statements!.read({ credentials, input, leftMs: timer(20_000) });
};
/** The whole day, and of how many lines each page was. */
async function read(name: string, first?: string): Promise<{ lines: readonly Line[]; pages: readonly number[] }> {
  const lines: Line[] = [];
  const pages: number[] = [];
  for (let cursor: string | undefined, more = true; more;) {
    const answer = await page(name, cursor, first);
    if (answer.kind !== 'read') throw new Error(answer.message);
    lines.push(...answer.data.lines);
    pages.push(answer.data.lines.length);
    cursor = answer.data.next;
    more = cursor !== undefined;
  }
  expect(new Set(lines.map(({ line }) => line)).size).toBe(lines.length);
  return { lines, pages };
}
const sim = (path: string, body: object) => send({ method: 'POST', url: `${sandbox.url}/_sim/${path}`, body });

describe('the statement', () => {
  it('of Efí: every Pix of the key, page by page', async () => {
    const key = sandbox.accounts.gerencianet.pixKey;
    await sim('pix/pay', { key, amount: '150', txid: 'a'.repeat(25) });
    await sim('pix/pay', { key, amount: '100', count: 500 });
    const { lines, pages } = await read('gerencianet');
    expect(pages).toEqual([500, 1]);
    const [named, nameless] = [lines.find(({ amount }) => amount === 150n)!, lines.at(-1)!];
    expect(named).toMatchObject({ kind: 'received', currency: 'BRL', about: { key: 'a'.repeat(25) } });
    expect(named.about.receipt).toBe(named.id);
    expect(nameless).toMatchObject({ kind: 'received', amount: 100n, about: { receipt: nameless.id } });
    expect((await read('gerencianet', addDays(today, -1))).pages).toEqual([0]);
  });

  it('of Stripe: charges with what was kept, refunds and payouts, newest first, page by page', async () => {
    const buyer = new Buyer(sandbox);
    for (let i = 0; i < 49; i += 1) await buyer.pay('pm_card_visa');
    const paid = await buyer.pay('pm_card_visa', { amount: 5000, metadata: { attempt: 'k' } });
    const refund = await buyer.sdk.refunds.create({ payment_intent: paid.id, amount: 70, metadata: { attempt: 'r' } });
    const { body } = await sim('payouts', { currency: 'brl' });
    const { id, amount } = body as { id: string; amount: number };
    const { lines, pages } = await read('stripe');
    expect(pages).toEqual([98, 4]); // fifty transactions: a payout, a refund and 48 charges with their fees; two more
    expect(lines.slice(0, 4)).toMatchObject([
      { kind: 'banked', id, amount: BigInt(amount), about: {} },
      { kind: 'sent', id: refund.id, amount: 70n, about: { key: 'r', ref: refund.id } },
      { kind: 'received', id: paid.latest_charge, amount: 5000n, about: { ref: paid.id } },
      { kind: 'fee', amount: 239n, about: { ref: paid.id } },
    ]);
    const wrong = { secretKey: 'sk_test_none' };
    expect(await page('stripe', undefined, today, wrong)).toMatchObject({ kind: 'refused' });
  });

  it('of Pinbank: what came and went, without a name', async () => {
    const shop = new Shop(sandbox);
    const { TxId } = (await shop.code()).data;
    for (let i = 0; i < 2; i += 1) await shop.sim('POST', `pix/${String(TxId)}/pay`, { again: true });
    const { lines } = await read('pinbank');
    expect(lines.map(({ kind, about, text }) => ({ kind, about, text }))).toEqual([
      { kind: 'received', about: {}, text: 'Pix recebido' },
      { kind: 'received', about: {}, text: 'Pix recebido' },
    ]);
    expect(await page('pinbank', '1')).toMatchObject({ kind: 'read', data: { lines: [{ line: lines[1]!.line }] } });
    shop.leave();
  });

  it('of Cielo is a file, which no call reads', () => {
    expect(providerOf('cielo').statements).toBeUndefined();
  });
});
