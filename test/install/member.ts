import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { ground } from '@test/support/ground.js';

export type Env = Readonly<Record<string, string>>;

export interface Health {
  readonly status: number;
  readonly checks: Readonly<Record<string, string>>;
}

/** One process of the installation, started on the build as its npm script does it, and asked over HTTP how it is. */
export class Member {
  private child?: ChildProcess;
  private readonly heard: string[] = [];

  constructor(
    readonly name: string,
    private readonly script: string,
    private readonly healthUrl: string,
    private readonly env: Env,
  ) {}

  get alive(): boolean {
    return this.child !== undefined && this.child.exitCode === null && this.child.signalCode === null;
  }

  /** The last lines of what it has printed, without those of requests and calls that went as they should. */
  get lastWords(): string {
    const lines = this.heard.join('').split('\n');
    const telling = lines.filter((it) => !it.startsWith('{"level":"info"'));
    return `${this.name}:\n${telling.slice(-20).join('\n')}`;
  }

  /** Begins without waiting; `env` adds to its own. */
  begin(env: Env = {}): void {
    this.child = spawn(process.execPath, [`dist/apps/${this.script}.js`], {
      env: { ...ground, ...this.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.child.stdout, this.child.stderr])
      stream?.on('data', (chunk: Buffer) => this.heard.push(chunk.toString()));
  }

  async start(): Promise<void> {
    this.begin();
    await this.ready();
  }

  /** Waits until it says that it is ready. */
  async ready(withinMs = 90_000): Promise<void> {
    for (const end = performance.now() + withinMs; (await this.health()).status !== 200;) {
      if (!this.alive) throw new Error(`it ended. ${this.lastWords}`);
      if (performance.now() > end) throw new Error(`it is not ready in time. ${this.lastWords}`);
      await sleep(50);
    }
  }

  /** What it says of itself; status 0 when it says nothing. */
  async health(): Promise<Health> {
    try {
      const response = await fetch(this.healthUrl, { signal: AbortSignal.timeout(5_000) });
      const { checks = {} } = (await response.json()) as Partial<Health>;
      return { status: response.status, checks };
    } catch {
      return { status: 0, checks: {} };
    }
  }

  /** Resolves with the exit code; null after a signal. */
  async end(signal: 'SIGKILL' | 'SIGTERM', withinMs = 60_000): Promise<number | null> {
    if (!this.child) return null;
    if (this.alive) this.child.kill(signal);
    return this.ended(withinMs);
  }

  /** Waits until it has ended; what does not end in time is killed. */
  async ended(withinMs = 60_000): Promise<number | null> {
    const child = this.child!;
    const late = setTimeout(() => child.kill('SIGKILL'), withinMs);
    if (this.alive) await once(child, 'exit');
    clearTimeout(late);
    return child.exitCode;
  }
}
