import { join } from 'node:path';
import { accountFile } from './certificates.js';
import { startSandbox } from './server.js';

/** The sandbox as a process of its own, on `SANDBOX_PORT`; its world lies under `DATA_DIR/sandbox`. */
const directory = join(process.env['DATA_DIR'] || '.data', 'sandbox');
const port = process.env['SANDBOX_PORT'] || '4000';
if (!/^\d{1,5}$/.test(port)) throw new Error('SANDBOX_PORT must be a port number');

const print = (line: Record<string, unknown>): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

const sandbox = await startSandbox({
  port: Number.parseInt(port, 10),
  directory,
  host: process.env['HOST'] || '127.0.0.1',
  log: print,
});
print({
  event: 'listening',
  url: sandbox.url,
  listeners: sandbox.listeners,
  ca: sandbox.caFile,
  account: accountFile(directory),
  accounts: Object.fromEntries(Object.keys(sandbox.accounts).map((it) => [it, accountFile(directory, it)])),
});

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    void sandbox.close().then(() => process.exit(0));
  });
}
