import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer } from './app.js';
import { as, type Charge, fresh, type Scene } from './scene.js';

/** What a charge is to come to, by turns. */
const fates = ['paid', 'canceled', 'refunded'] as const;

/** Merchants and payers who ask without a pause and repeat what was not answered, until everything is fulfilled. */
export class Load {
  /** How often each status was answered; `cut` is no answer at all. */
  readonly answers = new Map<string, number>();
  /** Answers that nobody may get, whatever has happened. */
  readonly odd: string[] = [];
  /** How many wishes have been fulfilled, payments among them. */
  fulfilled = 0;
  /** What was said to be made, and what it was to become. */
  private readonly said = new Map<string, (typeof fates)[number]>();
  private readonly going: Promise<void>[];
  private ending = false;
  private begun = 0;

  constructor(
    private readonly scene: Scene,
    callers: number,
  ) {
    this.going = Array.from({ length: callers }, () => this.call());
  }

  get made(): number {
    return this.said.size;
  }

  count(status: string): number {
    return this.answers.get(status) ?? 0;
  }

  /** Begins nothing more, and waits until everything that was begun has been fulfilled. */
  async stop(): Promise<void> {
    this.ending = true;
    await Promise.all(this.going);
  }

  /** Charges that are not there, or not as it was said. */
  async missed(): Promise<readonly string[]> {
    const missed: string[] = [];
    for (const [id, fate] of this.said) {
      const { status } = await this.scene.charge(id);
      if (status !== fate) missed.push(`${id} was to be ${fate} and is ${status}`);
    }
    return missed;
  }

  private async call(): Promise<void> {
    while (!this.ending) {
      const fate = fates[(this.begun += 1) % fates.length]!;
      try {
        await this.live(fate);
      } catch (error) {
        this.odd.push(String(error));
      }
    }
  }

  private async live(fate: (typeof fates)[number]): Promise<void> {
    const charge = await this.post('/pix', { amount: 1000, expire: 86_400 });
    this.said.set(charge.id, fate);
    if (fate === 'canceled') {
      await this.post(`/pix/${charge.id}/cancel`, {});
      return this.comes(charge.id, fate);
    }
    await this.paid(charge);
    await this.comes(charge.id, 'paid');
    if (fate === 'paid') return;
    await this.post(`/pix/${charge.id}/refund`, {});
    await this.comes(charge.id, fate);
  }

  /** The same wish under the same key until it is said to be fulfilled. */
  private async post(path: string, body: object): Promise<Charge> {
    const headers = { 'idempotency-key': fresh('load') };
    const answer = await this.insist(
      () => this.scene.api('POST', path, body, { headers }),
      (status) => status === 200 || status === 201,
    );
    this.fulfilled += 1;
    return as<Charge>(answer.body);
  }

  private async paid({ metadata }: Charge): Promise<void> {
    // The world stands on the same disk and in the same process: it may fail as they do.
    for (;;) {
      const path = `/_sim/pix/${metadata['paymentId']}/pay`;
      const answer = await this.scene.sim('POST', path, {}).catch(() => undefined);
      if (answer && (answer.status === 200 || answer.status === 409)) break;
      await sleep(100);
    }
    this.fulfilled += 1;
  }

  private async comes(id: string, fate: string): Promise<void> {
    for (;;) {
      const { body } = await this.insist(
        () => this.scene.api('GET', `/pix/${id}`),
        (status) => status === 200,
      );
      if (as<Charge>(body).status === fate) return;
      await sleep(50);
    }
  }

  private async insist(ask: () => Promise<Answer>, enough: (status: number) => boolean): Promise<Answer> {
    for (;;) {
      const answer = await ask().catch(() => undefined);
      const status = String(answer?.status ?? 'cut');
      this.answers.set(status, this.count(status) + 1);
      if (answer && enough(answer.status)) return answer;
      if (answer && answer.status !== 202 && !isUnavailable(answer)) {
        throw new Error(`${answer.status} ${answer.text}`);
      }
      await sleep(answer ? 50 : 150);
    }
  }
}

/** 503 in the contract's shape. */
export function isUnavailable({ status, headers, body }: Answer): boolean {
  const { code, message, requestId } = as<Readonly<Record<string, unknown>>>(body);
  const texts = typeof message === 'string' && typeof requestId === 'string';
  return status === 503 && Number(headers.get('retry-after')) > 0 && code === 'no_provider_available' && texts;
}
