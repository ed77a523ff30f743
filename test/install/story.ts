import { type Answer, client, eventually } from '@test/support/app.js';
import { type Receiver, startReceiver, type Told, verified } from '@test/support/receiver.js';
import { as } from '@test/support/scene.js';
import { Books } from './books.js';
import { Crowd } from './crowd.js';
import { Installation } from './installation.js';
import { Till } from './till.js';

/** Numbers of answers by what they were: `201`, or `503` with its message, or `cut`. */
export type Counts = ReadonlyMap<string, number>;

/** Whatever was no success. That a busy machine misses a short deadline now and then is no matter here. */
export const refused = (counts: Counts): readonly string[] =>
  [...counts.keys()].filter((it) => !/^2|^503 Nenhum provedor/.test(it));

/** One installation from its making to its end, its administrator, its merchant, and the merchant's customers. */
export class Story {
  admin = '';
  merchant = '';
  secret = '';
  till!: Till;
  crowd!: Crowd;
  private readonly began = performance.now();
  private leave: () => Promise<void> = () => Promise.resolve();

  private constructor(
    readonly all: Installation,
    readonly shop: Receiver,
    readonly books: Books,
  ) {}

  static async open(): Promise<Story> {
    const [all, shop] = await Promise.all([Installation.prepare(), startReceiver()]);
    const story = new Story(all, shop, new Books(all.postgres.ownerUrl));
    story.say(all.postgres.version);
    return story;
  }

  /** `well`: it came to its end; else what the processes have said is printed. */
  async close(well: boolean): Promise<void> {
    await this.leave();
    if (!well) for (const it of this.all.members) process.stdout.write(`${it.lastWords}\n`);
    await this.all.remove();
    await this.shop.stop();
    this.say('everything ended and removed');
  }

  say(text: string): void {
    const seconds = ((performance.now() - this.began) / 1000).toFixed(1);
    process.stdout.write(`${seconds.padStart(6)} s  ${text}\n`);
  }

  operate(at: 0 | 1, method: string, path: string, body?: unknown): Promise<Answer> {
    return client(() => this.all.urls[at], this.admin)(method, path, body);
  }

  /** Opens the merchant's till with its key, and then its doors: four customers who go on buying. */
  takeKey(key: string): void {
    this.till = new Till(this.all.urls, key, this.all.sandboxUrl);
    this.crowd = new Crowd(this.till);
    this.leave = () => {
      this.till.close();
      return this.crowd.end();
    };
  }

  /** What the merchant's server was told, its signatures verified; a repeat of an event counts once. */
  told(): readonly Told['event'][] {
    const events = this.shop.got.map((it) => verified(it, this.secret).event);
    return [...new Map(events.map((it) => [it.id, it])).values()];
  }

  /** What happened while customers went on buying: their answers, printed and given back. */
  async meanwhile(name: string, what: () => Promise<void>): Promise<Counts> {
    const { till, crowd } = this;
    till.counted();
    const done = crowd.purchases.length;
    await what();
    const counts = till.counted();
    const answers = [...counts].map(([answer, n]) => `${n} × ${answer}`).join(', ');
    this.say(`${name}: ${crowd.purchases.length - done} purchases ended meanwhile, ${answers}`);
    return counts;
  }

  /** What a verification of the whole ledger comes to. */
  async verified(): Promise<unknown> {
    const { body } = await this.operate(0, 'POST', '/admin/ledger/verify');
    const { id } = as<{ id: string }>(body);
    return eventually(async () => {
      const seen = await this.operate(1, 'GET', `/admin/ledger/verifications/${id}`);
      return as<{ status: string }>(seen.body).status !== 'running' && seen.body;
    }, 60_000);
  }

  /** A purchase for each of its ends, begun now; answers which ends were come to, and what failed. */
  async sells(): Promise<{ readonly fates: readonly string[]; readonly failures: readonly string[] }> {
    const after = new Crowd(this.till);
    after.begin(4);
    await after.end();
    return { fates: after.purchases.map(({ fate }) => fate).sort(), failures: after.failures };
  }
}
