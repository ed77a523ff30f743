import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { clockOffsetMs } from '@libs/kernel/clock.js';
import { type Sandbox, startSandbox } from '@apps/sandbox/server.js';
import { Customer, pick, receiver, txid } from '@test/contract/sandbox.client.js';

const main = resolve(import.meta.dirname, '../../dist/apps/sandbox/main.js');
const directories: string[] = [];
const folder = (): string => {
  const made = mkdtempSync(join(tmpdir(), 'sandbox-'));
  directories.push(made);
  return made;
};
afterEach(() => {
  for (const made of directories.splice(0)) rmSync(made, { recursive: true, force: true });
});

/** A sandbox in a process of its own, that can be killed; it speaks of itself in its first line. */
async function separate(dataDir: string): Promise<{ child: ChildProcess; sandbox: Sandbox }> {
  const env = { ...process.env, DATA_DIR: dataDir, SANDBOX_PORT: '0' };
  const child = spawn(process.execPath, [main], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const line = await new Promise<string>((done, failed) => {
    child.stdout.on('data', (data: Buffer) => done(data.toString()));
    child.on('exit', (code) => failed(new Error(`the sandbox ended with ${code}`)));
  });
  const said = JSON.parse(line.split('\n')[0] ?? '') as { url: string; listeners: Record<string, string>; ca: string };
  const account = JSON.parse(readFileSync(pick(said, 'account'), 'utf8')) as Sandbox['accounts']['gerencianet'];
  const { url, listeners, ca } = said;
  const close = (): Promise<void> => Promise.resolve();
  const accounts = { gerencianet: account } as Sandbox['accounts'];
  return { child, sandbox: { url, listeners, caFile: ca, accounts, close } };
}

describe('the journal', () => {
  it('brings back effects, callbacks owed, faults and the port, after a torn last line too', async () => {
    const directory = folder();
    const inbox = await receiver();
    const first = await startSandbox({ port: 0, directory, onAdvance: () => Promise.resolve() });
    const before = new Customer(first);
    await before.register(inbox.url);
    await before.arm('slow', 'token', { times: 3 });
    inbox.answers.push(503);
    const id = txid();
    const e2e = await before.paid(id);
    await before.call('PUT', `/v2/pix/${e2e}/devolucao/a`, { valor: '3.00' });
    await before.sim('POST', 'clock', { advanceSeconds: 60 });
    await inbox.events(1);
    before.leave();
    await first.close();
    appendFileSync(join(directory, 'journal.jsonl'), '[["effect","x",{"prov');

    const second = await startSandbox({ port: 0, directory });
    const after = new Customer(second);
    expect(second.listeners).toEqual(first.listeners);
    expect(second.accounts).toEqual(first.accounts);
    expect(clockOffsetMs()).toBeGreaterThanOrEqual(60_000);
    expect((await after.sim('GET', 'faults')).body).toMatchObject({ faults: [{ kind: 'slow', times: 3 }] });
    await after.sim('DELETE', 'faults');
    const events = await inbox.events(3);
    expect(events.map((call) => pick(call.body, 'pix.0.endToEndId'))).toEqual([e2e, e2e, e2e]);
    expect(await after.effects()).toEqual([`pix.create ${id} 1000`, `pix.received ${id} 1000`, 'pix.refund a 300']);
    await after.sim('POST', 'reset');
    expect(await after.effects()).toEqual([]);
    expect((await after.call('GET', `/v2/webhook/${after.chave}`)).status).toBe(200);
    after.leave();
    await second.close();
    await inbox.close();
  });

  it('is written anew when most of it is history', async () => {
    const directory = folder();
    const file = join(directory, 'journal.jsonl');
    const rows = Array.from({ length: 3000 }, (_, n) => `[["setting","clockMs",0],["setting","gone${n % 2}",${n}]]\n`);
    appendFileSync(file, rows.join(''));
    const sandbox = await startSandbox({ port: 0, directory });
    await sandbox.close();
    const lines = readFileSync(file, 'utf8').trim().split('\n');
    expect(lines.slice(0, 3)).toEqual([
      '[["setting","clockMs",0]]',
      '[["setting","gone0",2998]]',
      '[["setting","gone1",2999]]',
    ]);
    expect(lines).toHaveLength(4);
  });

  (existsSync(main) ? it : it.skip)('survives a kill of the process in the middle of calls', async () => {
    const directory = folder();
    const first = await separate(directory);
    const before = new Customer(first.sandbox);
    const ids = Array.from({ length: 40 }, () => txid());
    await before.login();
    const answers = ids.map((id) =>
      before.charge(id).then(
        (answer) => (answer.status === 201 ? id : ''),
        () => '',
      ),
    );
    await Promise.race(answers);
    first.child.removeAllListeners('exit').kill('SIGKILL');
    const answered = (await Promise.all(answers)).filter((id) => id !== '');
    before.leave();
    expect(answered.length).toBeGreaterThan(0);

    const second = await separate(directory);
    const after = new Customer(second.sandbox);
    const kept = await after.effects();
    for (const id of answered) expect(kept).toContain(`pix.create ${id} 1000`);
    for (const id of ids)
      expect((await after.charge(id)).status).toBe(kept.includes(`pix.create ${id} 1000`) ? 409 : 201);
    expect(await after.effects()).toHaveLength(40);
    after.leave();
    const ended = new Promise((done) => second.child.removeAllListeners('exit').on('exit', done));
    second.child.kill('SIGTERM');
    expect(await ended).toBe(0);
  });
});
