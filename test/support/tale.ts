import fc from 'fast-check';
import { Handlers } from '@libs/kernel/handlers.js';
import { cents } from '@libs/money/cents.js';
import type { Moved } from '@libs/providers/contract/moved.js';
import type { DeclineCode, News } from '@libs/providers/contract/outcome.js';
import type { Attempt } from '@libs/routing/attempt.entity.js';
import { Routing } from '@libs/routing/routing.service.js';
import { done, type End, type Stage } from './stage.js';

/** One charge about which something is told: the attempt that made it, and others by name. */
export interface Case {
  readonly charge: string;
  readonly made: Attempt;
  readonly more: Readonly<Record<string, Attempt>>;
}
export type Told = (it: Case) => Promise<unknown>;
export type Tellings = Readonly<Record<string, Told>>;

export const gross = cents(1000);
export const issued = ({ key }: Attempt): News => ({
  kind: 'pending',
  ref: key,
  data: { txid: key, qrCode: `code of ${key}` },
});
export const unknown: News = { kind: 'unknown', why: 'timeout', message: 'nothing within the deadline' };
export const declined = (code: DeclineCode): News => ({ kind: 'declined', code, message: code });
export const receipt = ({ made }: Case, n: number): string => `E${n}${made.key}`;

/** Every order of all of them, each told once or several times. */
export const orders = (names: readonly string[]): fc.Arbitrary<string[]> =>
  fc
    .array(fc.constantFrom(...names), { maxLength: 3 })
    .chain((again) => fc.shuffledSubarray([...names, ...again], { minLength: names.length + again.length }));

/** How a Pix of R$ 10,00 may begin, and what may be told of it. */
export class Tale {
  constructor(private readonly stage: () => Stage) {}

  /** The news of the attempt that makes the code, and what our own clock and jobs do meanwhile. */
  readonly made: Tellings = {
    issued: (it) => this.stage().settle(it.made, issued(it.made)),
    unknown: (it) => this.stage().settle(it.made, unknown),
    'not there yet': (it) => this.stage().settle(it.made, { kind: 'absent' }),
    paid: (it) => this.stage().settle(it.made, done(it.made, receipt(it, 1), gross), 'callback'),
    'paid by somebody else': (it) => this.stage().settle(it.made, done(it.made, receipt(it, 3), gross)),
    removed: (it) => this.stage().settle(it.made, declined('cancelled')),
    'a second payment': (it) => this.record(it, 'received', 2, 400),
    expired: (it) => this.expire(it),
    'our jobs': () => this.stage().work(),
  };
  /** The rest of what can be said, also what contradicts itself. */
  readonly rest: Tellings = {
    'given up': (it) => this.stage().settle(it.made, { kind: 'absent' }, 'operator'),
    'not sent': (it) => this.stage().settle(it.made, { kind: 'unsent', why: 'refused', message: '' }, 'call'),
    refused: (it) => this.stage().settle(it.made, declined('amount_invalid'), 'call'),
    'in euros': (it) =>
      this.stage().settle(it.made, { ...done(it.made, receipt(it, 4), gross), currency: 'EUR' } as News),
    'under another name': (it) => this.stage().settle(it.made, done(it.made, receipt(it, 1), gross, 'another')),
    taken: (it) => this.record(it, 'taken', 5, 1000),
    given: (it) => this.record(it, 'given', 6, 1000),
  };
  pick = (...names: string[]): Tellings => Object.fromEntries(names.map((it) => [it, this.made[it]!]));

  /** The clock's look at a charge whose time is over. */
  expire({ charge }: Case): Promise<unknown> {
    const job = { id: '0', name: 'charges.expire', payload: { charge }, tries: 1 };
    return this.stage().at.get(Handlers).find(job.name)(job);
  }

  private record(it: Case, kind: Moved['kind'], n: number, amount: number): Promise<void> {
    const about = { key: it.made.key };
    const moved = { kind, id: receipt(it, n), about, amount: cents(amount), currency: 'BRL', at: new Date(0) } as const;
    return this.stage().at.get(Routing).record(this.stage().credential, moved);
  }

  /** Asked for, and nobody knows yet. */
  sent = async (): Promise<Case> => {
    const { id, attempt } = await this.stage().charge();
    return { charge: id, made: attempt, more: {} };
  };

  /** Issued, and the merchant's cancel on its way to the provider. */
  cancelling = async (): Promise<Case> => {
    const it = await this.sent();
    await this.stage().settle(it.made, issued(it.made), 'call');
    await this.stage().sql(`update charge set in_flight = 'canceling' where id = ?`, [it.charge]);
    return { ...it, more: { cancel: await this.stage().attempt('pix', it.charge, 'pix.cancel', gross, it.made) } };
  };

  /** The first lane has said no, the second has just been asked. */
  rerouted = async (): Promise<Case> => {
    const { id, attempt } = await this.stage().charge();
    const no = `update attempt set state = 'declined', code = 'not_allowed', ask_at = null where id = ?`;
    await this.stage().sql(no, [attempt.id]);
    return { charge: id, made: await this.stage().attempt('pix', id, 'pix.create', gross), more: { first: attempt } };
  };

  /** Paid, and two parts of it asked back: R$ 3,00 and R$ 2,00. */
  refunding = async (): Promise<Case> => {
    const it = await this.sent();
    await this.stage().settle(it.made, issued(it.made), 'call');
    await this.stage().settle(it.made, done(it.made, receipt(it, 1), gross), 'callback');
    const one = await this.stage().refund(it.charge, cents(300));
    const two = await this.stage().refund(it.charge, cents(200));
    return { ...it, more: { one: one.attempt, two: two.attempt } };
  };

  /** Tells it all, lets everything come to rest, and answers how it ended. */
  async tell(begin: () => Promise<Case>, news: Tellings, order: readonly string[]): Promise<End> {
    const it = await begin();
    for (const name of order) await news[name]!(it);
    await this.stage().rest(it.charge);
    // Whoever is still undecided when its time is over ends then.
    if (order.includes('expired') && (await this.stage().end(it.charge)).status === 'pending') await this.expire(it);
    await this.stage().rest(it.charge);
    await this.stage().sql('delete from job');
    return this.stage().end(it.charge);
  }
}
