import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

interface Ready {
  readonly url: string;
  readonly sandboxUrl: string;
  readonly merchantKey: string;
  readonly adminKey: string;
}

const main = fileURLToPath(new URL('main.js', import.meta.url));

/** The embedded start as a child, so that the demonstration can kill it and start it again on the same folder. */
export class Child {
  private child?: ChildProcess;
  private ports: Readonly<Record<string, string>> = { PORT: '0', SANDBOX_PORT: '0' };
  private readonly heard: string[] = [];
  ready!: Ready;

  constructor(private readonly directory: string) {}

  async start(): Promise<void> {
    const settings = {
      DATA_DIR: this.directory,
      PROVIDER_DEADLINE_MS: '1500',
      JOB_LEASE_MS: '3000',
      LOG_LEVEL: 'error',
    };
    const { DATABASE_URL: _, REDIS_URL: __, ...inherited } = process.env;
    const child = fork(main, {
      env: { ...inherited, ...settings, ...this.ports },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.child = child;
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (it: Buffer) => this.heard.push(it.toString()));
    this.ready = await new Promise<Ready>((resolve, reject) => {
      child.once('message', (message) => resolve(message as Ready));
      child.once('exit', (code) => reject(new Error(`o processo terminou com ${code} antes de ficar pronto`)));
    });
    this.ports = { PORT: new URL(this.ready.url).port, SANDBOX_PORT: new URL(this.ready.sandboxUrl).port };
  }

  async kill(signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<void> {
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await gone;
  }

  stop(): Promise<void> {
    return this.kill('SIGTERM');
  }

  lastWords(): string {
    return this.heard.join('').slice(-4_000);
  }
}
