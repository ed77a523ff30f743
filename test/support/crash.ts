import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Point } from '@libs/kernel/point.js';
import { type Answer, eventually, rows } from './app.js';
import { as, type Charge, fresh, Scene } from './scene.js';

/** Short windows: what a crash has left undecided is decided within two seconds. */
const env = { SIMULATOR_PROOF_MS: '300', PROVIDER_DEADLINE_MS: '500', JOB_LEASE_MS: '1000', LOG_LEVEL: 'warn' };

export type Act = 'create' | 'cancel' | 'refund';
/** The n-th passage of a point since the process began: an act may pass it more than once. */
export type Place = Point | `${Point}#${number}`;

/** A wish as its caller repeats it, under one Idempotency-Key, until it is answered. */
interface Wish {
  readonly act: Act;
  readonly path: string;
  readonly body: object;
  readonly key: string;
}
const ends: Readonly<Record<Act, string>> = { create: 'pending', cancel: 'canceled', refund: 'refunded' };

/** What the simulated world has seen and we do not stand to, or the other way round, and what happened twice. */
export interface Compared {
  readonly doubles: readonly string[];
  readonly lost: readonly string[];
  /** All addresses of our ledger together, those with a balance row as the row says. */
  readonly sum: number;
  /** What our ledger says that the provider holds for us, less what it holds. */
  readonly off: number;
}

/** The platform, dying and starting again, and its merchant, who repeats what was not answered. */
export class Crash {
  private constructor(
    readonly scene: Scene,
    private readonly folder: string,
  ) {}

  /** In a folder that no other run of the tests clears away while nobody holds it. */
  static async open(): Promise<Crash> {
    const folder = mkdtempSync(join(tmpdir(), 'trilho-crash-'));
    return new Crash(await Scene.open({ ...env, DATA_DIR: folder }), folder);
  }

  async close(): Promise<void> {
    await this.scene.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** What has to be there for an act. Nothing moves any more when it answers. */
  async prepare(act: Act): Promise<Wish> {
    const key = fresh('key');
    const amount = 1000;
    if (act === 'create') return { act, path: '/pix', body: { amount, customCode: key }, key };
    const { id } = act === 'cancel' ? await this.scene.pix() : await this.scene.paid();
    await this.quiet();
    return { act, path: `/pix/${id}/${act}`, body: {}, key };
  }

  ask({ path, body, key }: Wish): Promise<Answer> {
    return this.scene.api('POST', path, body, { headers: { 'idempotency-key': key } });
  }

  /** Starts anew so that the process dies there, asks, waits for its death, and starts again; answers what it left. */
  async die(at: Place, wish: Wish): Promise<string> {
    const { app } = this.scene;
    await app.kill();
    await app.restart({ CRASH_AT: at });
    // With its token, so that no log-in on a busy machine uses the deadline up.
    await this.scene.listening();
    await this.ask(wish).catch(() => undefined); // the answer is lost with the process
    const late = new Promise((_, reject) => setTimeout(() => reject(new Error(`it survived ${at}`)), 12_000).unref());
    await Promise.race([app.ended(), late]);
    const left = await this.left(wish);
    await app.restart();
    return left;
  }

  /** How far a wish has come: `nothing`, `claimed`, or the state of its call. */
  private async left({ act, key }: Wish): Promise<string> {
    const [row] = await rows<{ state: string | null }>(
      this.scene.app,
      `select (select state from attempt a where operation = 'pix.' || $2
                 and (owner_id = r.resource or owner_id in (select id from refund where charge_id = r.resource))
               order by created_at desc limit 1) as state
       from request r where key = $1`,
      [key, act],
    );
    return row ? (row.state ?? 'claimed') : 'nothing';
  }

  /** Asks under the same key until the wish is fulfilled; answers the charge. */
  async repeat(wish: Wish): Promise<Charge> {
    const fulfilled = await eventually(async () => {
      const { status, body } = await this.ask(wish);
      if (status !== 200 && status !== 201) return false;
      return as<Charge>(body).status === ends[wish.act] && as<Charge>(body);
    }, 15_000);
    await this.quiet();
    return fulfilled;
  }

  /** Waits until no attempt is undecided but for codes that wait for a payer, and no job is due. */
  async quiet(): Promise<void> {
    await eventually(async () => {
      const [busy] = await rows<{ n: string }>(
        this.scene.app,
        `select (select count(*) from attempt
                 where state in ('sent', 'unknown') or (state = 'pending' and ask_at is not null))
           + (select count(*) from job where done_at is null and run_at <= clock_now() + interval '1 minute'
                and name not like 'routing.regist%')
           + (select count(*) from outbox where relayed_at is null) as n`,
      );
      return busy!.n === '0';
    }, 15_000);
  }

  /** Our records beside the provider's own list of effects. */
  async compare(): Promise<Compared> {
    const { app } = this.scene;
    // A code that was made and has been closed since was made all the same.
    const acts = await rows<{ key: string; operation: string; happened: boolean; owner: string }>(
      app,
      `select key, operation, owner_kind || ' ' || owner_id as owner,
         state <> 'failed' and (state <> 'declined' or (operation = 'pix.create' and ref is not null)) as happened
       from attempt where operation <> 'pix.cancel'`,
    );
    const effects = await this.scene.effects();
    const seen = effects.filter(({ operation }) => operation === 'pix.create' || operation === 'pix.refund');
    const stand = acts.filter(({ happened }) => happened);
    const name = ({ operation, key }: { readonly operation: string; readonly key: string }): string =>
      `${operation} ${key}`;
    const [ours, theirs] = [new Set(stand.map(name)), new Set(seen.map(name))];
    const owners = seen.map((it) => acts.find((act) => name(act) === name(it))?.owner ?? name(it));
    const [books] = await rows<{ sum: string; held: string }>(
      app,
      `with moved as (select "to" as address, amount from posting union all select "from", -amount from posting)
       select coalesce(sum(amount) filter (where address not in (select address from balance)), 0)
           + (select coalesce(sum(amount - debt), 0) from balance) as sum,
         coalesce(sum(amount) filter (where address = 'provider:gerencianet:clearing'), 0) as held
       from moved`,
    );
    const flow = (operation: string): number =>
      effects.reduce((total, it) => total + (it.operation === operation ? it.amount : 0), 0);
    return {
      doubles: owners.filter((owner, i) => owners.indexOf(owner) !== i),
      lost: [...[...ours].filter((it) => !theirs.has(it)), ...[...theirs].filter((it) => !ours.has(it))],
      sum: Number(books!.sum),
      off: Number(books!.held) + flow('pix.received') - flow('pix.refund'),
    };
  }

  /** How many charges that count a merchant's code has. */
  async charges(customCode: string): Promise<number> {
    const sql = `select 1 from charge where custom_code = $1 and status <> 'failed'`;
    return (await rows(this.scene.app, sql, [customCode])).length;
  }
}
