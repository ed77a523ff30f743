import { type Answer, rows } from './app.js';
import { Bank, type Slip } from './bank.js';
import { ofPayment, type Provider, type Struck } from './ends.js';
import { type Armed, type Play, Player } from './player.js';
import { as, fresh, type Scene } from './scene.js';

export const houses = ['gerencianet', 'cielo', 'pinbank'] as const;
/** Who is asked first, and who stands behind it; the third comes after both. */
export type Pair = Required<Pick<Struck, 'provider' | 'next'>>;
export const pairs: readonly Pair[] = houses.flatMap((provider) =>
  houses.filter((next) => next !== provider).map((next) => ({ provider, next })),
);

/** The amount says the order: a million cents for each pair. */
const bandOf = ({ provider, next }: Pair): number =>
  1_000_000 * (1 + pairs.findIndex((it) => it.provider === provider && it.next === next));
/** Below this no slip is for Efí, which would be the first all the same. */
const least = 500;
const small = [
  { from: 100, to: 299, prefer: ['gerencianet', 'cielo'] },
  { from: 300, to: least - 1, prefer: ['gerencianet', 'pinbank'] },
];

/** Slips whose first provider is struck, whose payers pay in the end. */
export class Slips extends Player {
  /** How many amounts of a band are somebody's. */
  private readonly given = new Map<number, number>();
  /** What else was asked for under a key. */
  private readonly wishes = new Map<string, object>();

  private constructor(readonly bank: Bank) {
    super(bank.scene);
  }

  static async open(scene: Scene): Promise<Slips> {
    const bank = new Bank(scene);
    const bands = pairs.map((it) => ({ from: bandOf(it), to: bandOf(it) + 999_999, prefer: [it.provider, it.next] }));
    await bank.rules([...bands, ...small]);
    return new Slips(bank);
  }

  /** One of the pair's own; a small one is nothing that Efí would take. */
  amount(pair: Pair, tiny = false): number {
    const from = tiny ? small.find(({ prefer }) => prefer[1] === pair.next)!.from : bandOf(pair);
    this.given.set(from, (this.given.get(from) ?? 0) + 1);
    return from + this.given.get(from)!;
  }

  async well(provider: Provider): Promise<void> {
    await this.bank.slip({ amount: this.amount(pairs.find((it) => it.provider === provider)!) });
  }

  async stage(it: Struck, amount = this.amount(it as Pair)): Promise<Play> {
    return { it, amount, key: fresh('key'), expire: 0 };
  }

  async ask(play: Play, over = this.wishes.get(play.key) ?? {}): Promise<Answer> {
    const under = { headers: { 'idempotency-key': play.key } };
    this.wishes.set(play.key, over);
    return (play.answer = await this.bank.ask({ amount: play.amount, ...over }, under));
  }

  charge(play: Play): Promise<Slip> {
    return this.bank.charge(as<{ id: string }>(play.answer!.body).id);
  }

  /**
   * Has its lane go on after such a refusal, from now on. What the simulators refuse a slip for is nothing that may be
   * listed over the API, so it is written beside it; lanes that were put just before are remembered by nobody.
   */
  async listed(provider: Provider, code: string): Promise<void> {
    const { scene } = this;
    const listing = `update lane set reroute = array[$1] where operation = 'bankslip.create' and provider = $2`;
    await scene.serve(() => true);
    await rows(scene.app, listing, [code, provider]);
  }

  /** What befalls a payment is armed when its payer goes to the bank. */
  override async arm(fault: Armed, more: object = {}): Promise<string> {
    // Pinbank is asked for all that bears our number only where a slip's own is not known.
    const unseen = fault.provider === 'pinbank' && fault.kind === 'duplicate_key_first_send';
    if (unseen) await super.arm({ ...fault, kind: 'reset_after' }, more);
    return ofPayment(fault.kind) ? 'later' : super.arm(fault, more);
  }

  /** The payer pays, twice where that is the fault. */
  async pay(play: Play, more: object = {}): Promise<void> {
    const slip = await this.charge(play);
    if (!ofPayment(play.it.kind)) return this.bank.pay(slip);
    const fault = await super.arm(play.it, { times: 1, ...more });
    await this.bank.pay(slip);
    if (play.it.kind === 'second_payment') {
      await this.bank.becomes(slip.id, 'paid');
      await this.bank.pay(slip);
    }
    if (!(await this.struck(fault))) throw new Error(`${play.it.kind} has not struck the payment`);
    // As long as one call is held back for the next no other one is.
    if (play.it.kind === 'reordered_callbacks') await this.bank.becomes(slip.id, 'paid');
  }
}
