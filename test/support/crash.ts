import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type App, eventually, rows } from './app.js';
import { compare, type Compared } from './compare.js';
import { type Receiver, startReceiver } from './receiver.js';
import { Scene } from './scene.js';

/** Short windows: what a crash has left undecided is decided within a few seconds. */
export const briefly = {
  SIMULATOR_PROOF_MS: '300',
  PROVIDER_DEADLINE_MS: '1000',
  JOB_LEASE_MS: '1200',
  LOG_LEVEL: 'warn',
};

/** A bound for what hangs: a busy machine misses a deadline, and a question that failed is asked a minute later. */
const patienceMs = 150_000;

/**
 * A point of the code, with the kind of work that passes it where several do: `job.leased@webhooks.deliver`. What is
 * passed again for the next lane has a number: `settle.after@call#2`.
 */
export type Place = string;

/** What an act wishes: how it is set going, and how its caller learns that it is fulfilled. */
export interface Wish {
  /** Its answer may be lost with the process. */
  readonly begin: () => Promise<unknown>;
  /** Asks again; false: not yet. What it answers is compared with what the act must come to. */
  readonly end: () => Promise<object | false>;
}

/** The platform, dying and starting again, and its merchant, who repeats what was not answered. */
export class Crash {
  private constructor(
    readonly scene: Scene,
    /** The merchant's own server. */
    readonly shop: Receiver,
    private readonly folder: string,
  ) {}

  /** In a folder that no other run of the tests clears away while nobody holds it. */
  static async open(env: Readonly<Record<string, string>> = {}): Promise<Crash> {
    const folder = mkdtempSync(join(tmpdir(), 'trilho-crash-'));
    mkdirSync(join(folder, 'points'));
    const own = { DATA_DIR: join(folder, 'data'), CRASH_FOLDER: join(folder, 'points') };
    const scene = await Scene.open({ ...briefly, ...own, ...env });
    const shop = await startReceiver();
    const { status, text } = await scene.api('POST', '/webhooks', { url: shop.url });
    if (status !== 201) throw new Error(`no webhook: ${text}`);
    return new Crash(scene, shop, folder);
  }

  get app(): App {
    return this.scene.app;
  }

  async close(): Promise<void> {
    await this.scene.close();
    await this.shop.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** The places that were passed since the last order, in their order. */
  passed(): readonly Place[] {
    const file = join(this.folder, 'points', 'passed');
    return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  }

  /** Whoever passes there next ends at once, or gets that signal; without a place nobody does. */
  order(place: Place = '', signal = 'SIGKILL'): void {
    const at = join(this.folder, 'points');
    rmSync(join(at, 'passed'), { force: true });
    writeFileSync(join(at, 'order'), place === '' ? '' : `${place} ${signal}`);
  }

  /** Every place that an act passes from its beginning until nothing moves any more. */
  async trace(make: (crash: Crash) => Promise<Wish>): Promise<readonly Place[]> {
    const wish = await make(this);
    this.order();
    await wish.begin();
    await eventually(wish.end, patienceMs);
    await this.quiet();
    const periodic = await rows<{ name: string }>(this.app, 'select distinct name from job where period is not null');
    const beside = new Set(periodic.map(({ name }) => name).concat('routing.register'));
    return [...new Set(numbered(this.passed()))].filter((place) => !beside.has(place.split('@')[1] ?? ''));
  }

  /** Has the process die at that place of an act, starts it again, and answers what has become of the act. */
  async round(make: (crash: Crash) => Promise<Wish>, place: Place): Promise<{ end: object; compared: Compared }> {
    const wish = await make(this);
    this.order(place);
    await wish.begin().catch(() => undefined); // the answer is lost with the process
    if (!(await this.died(patienceMs))) {
      const passed = this.passed().join(' ');
      this.order();
      throw new Error(`it survived ${place}: ${passed}`);
    }
    if (this.passed().at(-1) !== place.replace(/#\d+$/, ''))
      throw new Error(`it died elsewhere: ${this.passed().join(' ')}`);
    this.order();
    await this.app.restart();
    await eventually(wish.end, patienceMs);
    await this.quiet();
    return { end: (await wish.end()) || {}, compared: await this.compare() };
  }

  private async died(withinMs: number): Promise<boolean> {
    const waiting = new AbortController();
    const late = sleep(withinMs, false, { signal: waiting.signal }).catch(() => false);
    const died = await Promise.race([this.app.ended().then(() => true), late]);
    waiting.abort();
    return died;
  }

  /** Waits until no attempt is undecided but for codes that wait for a payer, no job is due and no event is untold. */
  async quiet(withinMs = patienceMs): Promise<void> {
    let busy: object | undefined;
    try {
      await eventually(async () => {
        [busy] = await rows<Record<string, string>>(this.app, unrest);
        return Object.values(busy!).every((n) => n === '0');
      }, withinMs);
    } catch (error) {
      throw new Error(`it does not come to rest: ${JSON.stringify(busy)}`, { cause: error });
    }
  }

  compare(): Promise<Compared> {
    return compare(this.scene, this.shop);
  }

  /** A charge by the code that its merchant gave it, if it counts. */
  async charges(customCode: string): Promise<number> {
    const sql = `select 1 from charge where custom_code = $1 and status <> 'failed'`;
    return (await rows(this.app, sql, [customCode])).length;
  }
}

const unrest = `
  select
    (select count(*) from attempt
     where state in ('sent', 'unknown') or (state = 'pending' and ask_at is not null)) as attempts,
    (select count(*) from job where done_at is null and run_at <= clock_now() + interval '1 minute'
       and name not like 'routing.regist%') as jobs,
    (select count(*) from outbox where relayed_at is null) as events,
    (select count(*) from delivery where status in ('pending', 'retrying')) as deliveries`;

/** The second provider is called as the first was. Questions and jobs come as often as they like, without a number. */
function numbered(passed: readonly Place[]): readonly Place[] {
  const seen = new Map<Place, number>();
  return passed.map((place) => {
    const n = (seen.get(place) ?? 0) + 1;
    seen.set(place, n);
    return n > 1 && /@(call|POST)$/.test(place) ? `${place}#${n}` : place;
  });
}
