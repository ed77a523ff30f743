import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { closeHttp } from '@libs/providers/http.js';
import { configureProviders } from '@libs/providers/settings.js';
import { type Sandbox, startSandbox } from '@apps/sandbox/server.js';
import type { Brought, Errand, Step } from './efi.peer.js';
import { receiver } from './sandbox.client.js';

const directory = mkdtempSync(join(tmpdir(), 'efi-'));
let sandbox: Sandbox;
let inbox: Awaited<ReturnType<typeof receiver>>;
let brought: Brought;

/** Sends the client out, and waits for what it brings back. */
function sent(errand: Errand): Promise<Brought> {
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: sandbox.caFile, NODE_OPTIONS: '' };
  const script = join(import.meta.dirname, 'efi.peer.ts');
  const child = fork(script, { env, execArgv: [], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  let heard = '';
  child.stderr?.on('data', (chunk: Buffer) => (heard += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.once('message', (message) => resolve(message as Brought));
    child.once('exit', (code) => reject(new Error(`it ended with ${code}: ${heard}`)));
    child.send(errand);
  });
}

beforeAll(async () => {
  sandbox = await startSandbox({ port: 0, directory });
  inbox = await receiver();
  brought = await sent({
    origin: sandbox.listeners['gerencianet'] ?? '',
    sandboxUrl: sandbox.url,
    webhookUrl: inbox.url,
    account: sandbox.accounts.gerencianet,
    texts: [],
  });
}, 30_000);
afterAll(async () => {
  await closeHttp();
  await sandbox.close();
  await inbox.close();
  rmSync(directory, { recursive: true });
});

it('x', () => { configureProviders({}); for (const s of brought.steps) console.log(s.call, s.flaws, s.refused, JSON.stringify(s.value)?.slice(0,300)); console.log(brought.token, brought.headers.slice(0,5)); });
