import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort, prepareRedis, type TestRedis } from '@test/support/redis.js';
import { ground } from '@test/support/ground.js';
import { type Balancer, startBalancer } from './balancer.js';
import { type Env, Member } from './member.js';
import { type Postgres, preparePostgres } from './postgres.js';

/** What one machine of an operator would run: a database, a Redis, the simulator, two APIs, two workers. */
export class Installation {
  readonly sandbox: Member;
  readonly apis: readonly [Member, Member];
  readonly workers: readonly [Member, Member];
  readonly urls: readonly [string, string];

  private constructor(
    readonly postgres: Postgres,
    readonly redis: TestRedis,
    readonly balancer: Balancer,
    private readonly folder: string,
    readonly sandboxUrl: string,
    ports: { readonly api: readonly [number, number]; readonly worker: readonly [number, number] },
  ) {
    const env = {
      ...this.settings,
      DATABASE_URL: postgres.servingUrl,
      REDIS_URL: redis.url,
      PUBLIC_URL: balancer.url,
      SANDBOX_URL: sandboxUrl,
      SANDBOX_CA: join(folder, 'sandbox/certificates/ca.pem'),
      WEBHOOK_PRIVATE: 'on',
    };
    const health = (port: number): string => `http://127.0.0.1:${port}/health/ready`;
    const api = (i: 0 | 1): Member =>
      new Member(`api ${i + 1}`, 'api/main', health(ports.api[i]), { ...env, PORT: String(ports.api[i]) });
    const worker = (i: 0 | 1): Member => {
      const port = ports.worker[i];
      return new Member(`worker ${i + 1}`, 'worker/main', health(port), { ...env, HEALTH_PORT: String(port) });
    };
    const own = { DATA_DIR: folder, SANDBOX_PORT: new URL(sandboxUrl).port };
    this.sandbox = new Member('sandbox', 'sandbox/main', `${sandboxUrl}/_sim/listeners`, own);
    this.apis = [api(0), api(1)];
    this.workers = [worker(0), worker(1)];
    this.urls = [`http://127.0.0.1:${ports.api[0]}`, `http://127.0.0.1:${ports.api[1]}`];
  }

  /** What API, worker and tools have in common. The windows are short because this clock cannot be moved. */
  private readonly settings: Env = {
    MASTER_KEY: randomBytes(32).toString('base64'),
    PROVIDER_DEADLINE_MS: '2000',
    JOB_LEASE_MS: '5000',
    SIMULATOR_PROOF_MS: '1000',
  };

  get members(): readonly Member[] {
    return [this.sandbox, ...this.apis, ...this.workers];
  }

  /** PostgreSQL runs and has its two roles; everything else is still to be started. */
  static async prepare(): Promise<Installation> {
    const [a, b, c, d, e] = [await freePort(), await freePort(), await freePort(), await freePort(), await freePort()];
    const folder = mkdtempSync(join(tmpdir(), 'trilho-install-'));
    const [balancer, redis] = [await startBalancer([a, b]), await prepareRedis()];
    const ports = { api: [a, b], worker: [c, d] } as const;
    return new Installation(await preparePostgres(), redis, balancer, folder, `http://127.0.0.1:${e}`, ports);
  }

  /** A lane with the simulated provider's account, as an operator copies it from the sandbox's folder. */
  lane(): object {
    const file = join(this.folder, 'sandbox/certificates/account.json');
    return {
      provider: 'gerencianet',
      operation: 'pix.create',
      priority: 1,
      credential: { environment: 'simulator', parallelSends: 8 },
      price: { rateBps: 99, fixed: 0 },
      credentials: JSON.parse(readFileSync(file, 'utf8')) as unknown,
    };
  }

  /** An npm script, as an operator runs it; answers what it printed. */
  async npm(script: string, ...args: readonly string[]): Promise<string> {
    const env = {
      ...ground,
      HOME: homedir(),
      ...this.settings,
      DATABASE_URL: this.postgres.servingUrl,
      MIGRATION_DATABASE_URL: this.postgres.ownerUrl,
    };
    const { stdout } = await promisify(execFile)('npm', ['run', '-s', script, '--', ...args], { env });
    return stdout.trim();
  }

  /** Ends whatever still runs, and leaves nothing behind. */
  async remove(): Promise<void> {
    for (const member of this.members) await member.end('SIGKILL');
    await this.redis.kill();
    await this.balancer.stop();
    await this.postgres.remove();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
