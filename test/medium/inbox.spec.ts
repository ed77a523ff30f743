import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NoticesQuery } from '@libs/inbox/inbox.dto.js';
import { Inbox } from '@libs/inbox/inbox.service.js';
import { NoticeJob } from '@libs/inbox/notice.job.js';
import { UnauthorisedFault, UnavailableFault } from '@libs/kernel/fault.js';
import { uuid } from '@libs/kernel/ids.js';
import { Runner } from '@libs/kernel/runner.js';
import type { BankslipData } from '@libs/providers/contract/inputs.js';
import { closeHttp } from '@libs/providers/http.js';
import { gerencianet } from '@libs/providers/gerencianet/gerencianet.provider.js';
import { configureProviders } from '@libs/providers/settings.js';
import { type Sandbox, startSandbox } from '@apps/sandbox/server.js';
import { receiver } from '@test/contract/sandbox.client.js';
import { scriptOf } from '@test/contract/scripts.js';
import { Stand } from '@test/contract/stand.js';
import { until } from '@test/support/context.js';
import { Desk } from '@test/support/desk.js';

let desk: Desk;
beforeEach(async () => {
  desk = await Desk.open();
});
afterEach(() => desk.close());

const paid = (key: string, receipt?: string): object => ({ pix: [{ txid: key, endToEndId: receipt, valor: '10.00' }] });

const call = (body: unknown, secret = desk.secret, provider = 'gerencianet'): Promise<object> => {
  const raw = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  return desk.at.get(Inbox).receive({ provider, secret, raw, headers: {} });
};

interface Row {
  readonly id: string;
  readonly about: object;
  readonly state: string;
  readonly tries: number;
  readonly outcome: string | null;
  readonly done_at: string | null;
}
const notices = (): Promise<Row[]> => desk.sql<Row>('select * from notice order by id');
const jobs = async (): Promise<number> =>
  (await desk.sql<{ n: number }>(`select count(*)::int as n from job where name = 'inbox.notice'`))[0]!.n;

/** One turn of the notice's job. */
const work = (notice: string): ReturnType<NoticeJob['settle']> =>
  desk.at.get(NoticeJob).settle({ id: '1', name: 'inbox.notice', payload: { notice }, tries: 1 });

/** Does something beside the simulated providers. */
async function besideEfi(act: (sandbox: Sandbox) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'inbox-'));
  const sandbox = await startSandbox({ port: 0, directory });
  try {
    configureProviders({ sandboxUrl: sandbox.url, sandboxCa: sandbox.caFile });
    await act(sandbox);
  } finally {
    await closeHttp();
    await sandbox.close();
    rmSync(directory, { recursive: true });
  }
}

describe('a callback', () => {
  it('keeps nothing of a secret that names nothing, or another provider, or junk', async () => {
    await expect(call(paid('ta'), 'another')).rejects.toThrow(UnauthorisedFault);
    await expect(call(paid('ta'), desk.secret, 'cielo')).rejects.toThrow(UnauthorisedFault);
    expect(await call('')).toEqual({});
    expect(await call('{"evento":"teste_webhook"}')).toEqual({});
    expect(await call('no JSON')).toEqual({});
    expect(await notices()).toEqual([]);
    expect(await jobs()).toBe(0);
  });

  it('leaves a row and a job for each fact, which the same fact joins until the job has begun', async () => {
    await call({ pix: [...Array.from({ length: 2 }, () => ({ txid: 'ta', endToEndId: 'E1' })), { txid: 'tb' }] });
    await call(paid('ta', 'E1'));
    const [first] = await notices();
    expect((await notices()).map(({ about }) => about)).toEqual([{ key: 'ta', receipt: 'E1' }, { key: 'tb' }]);
    expect(await jobs()).toBe(2);
    await work(first!.id);
    await call(paid('ta', 'E1'));
    expect(await notices()).toHaveLength(3);
    expect(await jobs()).toBe(3);
  });

  it('joins nobody else: another account has facts of its own', async () => {
    await desk.account('second', 'its-secret');
    await call(paid('ta'));
    await call(paid('ta'), 'its-secret');
    expect(await notices()).toHaveLength(2);
  });

  it('joins a doubt of the same thing, which itself joins nothing less', async () => {
    await desk.account('shop', 'its-secret', 'cielo');
    const PaymentId = uuid();
    for (const ChangeType of [1, 6, 6, 1]) await call({ PaymentId, ChangeType }, 'its-secret', 'cielo');
    const whys = await desk.sql(`select about ->> 'ref' as ref, news ->> 'why' as why from notice order by id`);
    expect(whys).toEqual([
      { ref: PaymentId, why: null },
      { ref: PaymentId, why: 'amount' },
    ]);
  });

  it('is refused, to come again, when it cannot be stored', async () => {
    await desk.sql('alter table notice rename to elsewhere');
    await expect(call(paid('ta'))).rejects.toThrow(UnavailableFault);
    expect(await jobs()).toBe(0);
  });

  it('is kept without its secrets', async () => {
    await call({ ...paid('ta'), secret: 'hunter2' });
    const [notice] = await notices();
    expect(await desk.at.get(Inbox).get(notice!.id)).toMatchObject({
      body: expect.not.stringContaining('hunter2'),
      state: 'waiting',
      credential: desk.credential,
      kind: 'hint',
      eventId: null,
      doneAt: null,
    });
  });
});

describe('a notice', () => {
  it('that names no attempt is tried six times and then shown to a human', async () => {
    await call(paid('ta', 'E1'));
    const [{ id }] = (await notices()) as [Row];
    const pauses: unknown[] = [];
    for (let tries = 1; tries <= 6; tries += 1) pauses.push((await work(id))?.againMs);
    expect(pauses).toEqual([5_000, 60_000, 600_000, 3_600_000, 86_400_000, undefined]);
    const [after] = await notices();
    expect(after).toMatchObject({ state: 'unmatched', tries: 6, done_at: expect.any(String) });
    expect(after!.outcome).toMatch(/^sem tentativa; o provedor não disse o que moveu/);
    expect(await work(id)).toBeUndefined();
    const query = Object.assign(new NoticesQuery(), { state: 'unmatched' });
    expect((await desk.at.get(Inbox).list(query)).data.map((it) => it.id)).toEqual([id]);
  });

  it('is looked into by the workers, later and later', async () => {
    await desk.at.get(Runner).start();
    await call(paid('ta'));
    const tried = (times: number) => async (): Promise<boolean> => (await notices())[0]!.tries === times;
    await until(tried(1));
    await desk.later(6);
    await until(tried(2));
    expect((await notices())[0]).toMatchObject({ state: 'working', outcome: 'sem tentativa' });
    await desk.later(30);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect((await notices())[0]!.tries).toBe(2);
  });

  it('has the provider asked after the attempt it names, by our key first, until it answers', async () => {
    const other = await desk.account('second', 'its-secret');
    await desk.attempt({ key: 'ta', credential: other });
    const attempt = await desk.attempt({ key: 'ta' });
    const found = await desk.attempt({ key: 'tb' });
    await desk.sql('update attempt set receipt = ? where id = ?', ['E1', found]);
    await call(paid('ta', 'E1'));
    await call(paid('tz', 'E1'));
    const told = await notices();
    expect(await work(told[0]!.id)).toEqual({ againMs: 5_000 });
    expect(await work(told[1]!.id)).toEqual({ againMs: 5_000 });
    const findings = `select attempt_id, source, heard ->> 'kind' as heard from finding order by id`;
    expect(await desk.sql(findings)).toEqual([
      { attempt_id: attempt, source: 'callback', heard: 'unknown' },
      { attempt_id: found, source: 'callback', heard: 'unknown' },
    ]);
    expect((await notices())[0]).toMatchObject({ state: 'working', outcome: `tentativa ${attempt}: unknown` });
  });

  it('that is a token is asked again until the provider says what it stands for', async () => {
    await call('notification=abc-1');
    const [{ id, about }] = (await notices()) as [Row];
    expect(about).toEqual({ token: 'abc-1' });
    expect(await work(id)).toEqual({ againMs: 5_000 });
    expect((await notices())[0]!.outcome).toMatch(/^sem tentativa; o provedor não disse de que se trata/);
  });

  it('that is a token is of what it stands for, and of nothing when it stands for nothing', () =>
    besideEfi(async (sandbox) => {
      const inbox = await receiver();
      const stand = new Stand(gerencianet, sandbox);
      const staged = await scriptOf('bankslip.create').stage(stand);
      const credentials = stand.credentials();
      const made = { ...staged, credentials, leftMs: () => 3_000, callbackUrl: async () => inbox.url };
      const said = await stand.offered('bankslip.create')['create']!(made);
      if (said.kind !== 'pending') throw new Error(said.kind);
      await until(() => inbox.calls.length > 0);
      const credential = await desk.account('efi', 'its-secret', 'gerencianet', sandbox.accounts.gerencianet);
      const seeded = { key: staged.key, operation: 'bankslip.create', state: 'pending', credential };
      const attempt = await desk.attempt(seeded);
      await desk.sql('update attempt set amount = ? where id = ?', [staged.amount, attempt]);
      for (const body of [inbox.calls[0]!.body, 'notification=nobodys']) await call(body, 'its-secret');
      const told = await notices();
      for (const { id } of told) expect(await work(id)).toBeUndefined();
      expect(await notices()).toMatchObject([
        { state: 'done', outcome: `tentativa ${attempt}: pending` },
        { state: 'unmatched', outcome: 'o provedor não conhece o código' },
      ]);
      // Whoever marks it as paid by hand has brought no money: a human is called, and it goes on waiting.
      await stand.sim('POST', `bankslips/${(said.data as BankslipData).line}/settle`, {});
      await call(inbox.calls[0]!.body, 'its-secret');
      expect(await work((await notices()).at(-1)!.id)).toEqual({ againMs: 5_000 });
      const parked =
        "select state, parked_why as why, ask_at > clock_now() + interval '23 hours' as daily from attempt";
      expect(await desk.sql(parked)).toEqual([{ state: 'pending', why: 'nothing of ours did this', daily: true }]);
      await inbox.close();
    }));

  it('can be looked into again, once per key', async () => {
    await call(paid('ta'));
    const [{ id }] = (await notices()) as [Row];
    for (let tries = 1; tries <= 6; tries += 1) await work(id);
    const inbox = desk.at.get(Inbox);
    const wish = desk.wish(`POST /admin/callbacks/${id}/replay`, 'ana', 'k1');
    expect(await inbox.replay(wish, id)).toMatchObject({
      status: 200,
      replayed: false,
      body: { state: 'waiting', tries: 0 },
    });
    expect(await inbox.replay(wish, id)).toMatchObject({ status: 200, replayed: true });
    expect(await jobs()).toBe(2);
    expect(await work(id)).toEqual({ againMs: 5_000 });
    await expect(inbox.replay(wish, uuid())).rejects.toThrow('Aviso não encontrado.');
  });
});

describe('two merchants at one account', () => {
  const other = uuid();
  /** The second one has the account's address: Efí knows one of a key. */
  const shared = async (its: object): Promise<readonly [string, string]> => {
    await desk.sql(`insert into merchant (id, name) values (?, 'Outra loja')`, [other]);
    const [mine, yours] = [
      await desk.account('mine', 'my-secret', 'gerencianet', its),
      await desk.account('yours', 'your-secret', 'gerencianet', its),
    ];
    await desk.sql(`update credential set identity = 'one' where id in (?)`, [[mine, yours]]);
    await desk.sql('update credential set merchant_id = ? where id = ?', [other, yours]);
    return [mine, yours];
  };

  it('hear of their own payments, whoever of them is called; what is nobody’s is kept once', () =>
    besideEfi(async (sandbox) => {
      const [mine, yours] = await shared(sandbox.accounts.gerencianet);
      const stand = new Stand(gerencianet, sandbox);
      const staged = await scriptOf('pix.create').stage(stand);
      const said = await stand.act('pix.create', staged);
      if (said.kind !== 'pending') throw new Error(said.kind);
      const { id, attempt } = await desk.charge('pending');
      await desk.sql('update attempt set credential_id = ?, key = ?, ref = ?, amount = ? where id = ?', [
        mine,
        staged.key,
        said.ref,
        staged.amount,
        attempt,
      ]);
      const sim = async (path: string, body: object): Promise<string> =>
        ((await stand.sim('POST', path, body)) as { endToEndId: string }).endToEndId;
      const own = await sim(`pix/${staged.key}/pay`, {});
      await call(paid(staged.key, own), 'your-secret');
      expect(await work((await notices())[0]!.id)).toBeUndefined();
      expect(await desk.sql('select status, merchant_id from charge where id = ?', [id])).toEqual([
        { status: 'paid', merchant_id: desk.merchantId },
      ]);
      const strange = await sim('pix/pay', { key: sandbox.accounts.gerencianet.pixKey, amount: '5' });
      for (const secret of ['your-secret', 'my-secret']) {
        await call({ pix: [{ endToEndId: strange }] }, secret);
        const { id: notice } = (await notices()).at(-1)!;
        for (let tries = 1; tries <= 3; tries += 1) await work(notice);
      }
      expect(await desk.sql('select credential_id as at, id, state, owner_id from movement')).toEqual([
        { at: mine, id: strange, state: 'suspense', owner_id: null },
      ]);
      expect(await desk.sql('select * from movement where credential_id = ?', [yours])).toEqual([]);
    }));

  it('share nothing with an account that is another, or of the other book', async () => {
    const [mine, yours] = await shared({ clientId: 'c', clientSecret: 's', certificate: 'AAAA', pixKey: 'loja@x' });
    const attempt = await desk.attempt({ key: 'ta', credential: mine });
    const outcome = async (): Promise<string | null> => {
      await call(paid('ta'), 'your-secret');
      await work((await notices()).at(-1)!.id);
      return (await notices()).at(-1)!.outcome;
    };
    expect(await outcome()).toBe(`tentativa ${attempt}: unknown`);
    for (const change of [`identity = 'two'`, `identity = 'one', environment = 'production', mode = 'live'`]) {
      await desk.sql(`update credential set ${change} where id = ?`, [yours]);
      expect([change, await outcome()]).toEqual([change, 'sem tentativa']);
    }
  });
});
