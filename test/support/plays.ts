import { setTimeout as pause } from 'node:timers/promises';
import { type Answer, eventually, rows } from './app.js';
import { Counter } from './counter.js';
import type { Provider, Struck } from './ends.js';
import { type Play, Player } from './player.js';
import { as, type Charge, type Effect, fresh, type Scene } from './scene.js';

/** From this amount on a card goes to Stripe first, or there alone. */
const stripeFrom = 20_000_000;
const price = { rateBps: 100, fixed: 0 };
/** Whatever else there is of it. */
interface Lane {
  readonly operation: string;
  readonly [member: string]: unknown;
}
const lane = (provider: string, priority: number, more: object = {}): Lane => ({
  provider,
  operation: provider === 'gerencianet' ? 'pix.create' : 'cards.authorize',
  priority,
  credential: { environment: 'simulator' },
  cost: { rateBps: 0, fixed: 0 },
  price,
  ...more,
});
/** Every provider by itself: nothing can go on anywhere else. */
export const apart = [
  lane('gerencianet', 1),
  lane('cielo', 1, { conditions: { amountMax: stripeFrom - 1 } }),
  lane('stripe', 1, { conditions: { amountMin: stripeFrom } }),
];
/** One behind the other, in the order that the amount says. */
export const behind = [
  lane('gerencianet', 1),
  lane('cielo', 1, { reroute: ['card_declined'] }),
  lane('stripe', 2, { reroute: ['card_declined'] }),
];
const rules = [{ when: { amountMin: stripeFrom }, prefer: ['stripe'] }];

const isCard = ({ operation }: Struck): boolean => operation.startsWith('cards.');
const acts: Readonly<Record<string, string>> = {
  'cards.capture': 'capture',
  'cards.void': 'cancel',
  'cards.refund': 'refund',
};

/** Struck acts upon codes and cards. */
export class Plays extends Player {
  readonly counter: Counter;
  /** Amounts of which nothing has come unless it was captured later. */
  private readonly holds = new Set<number>();
  /** Of these a half is given back at the provider's own pages, of which our ledger knows nothing. */
  private readonly halved = new Set<number>();
  private cents = 100_000;

  private constructor(scene: Scene) {
    super(scene);
    this.counter = new Counter(scene);
  }

  static async open(scene: Scene, lanes: readonly Lane[]): Promise<Plays> {
    const { body } = await scene.admin('GET', '/admin/merchants');
    const path = `/admin/merchants/${as<{ data: { id: string }[] }>(body).data[0]!.id}`;
    const there = as<{ data: Lane[] }>((await scene.admin('GET', `${path}/lanes`)).body).data;
    const others = there.filter(({ operation }) => !lanes.some((it) => it.operation === operation));
    const { status, text } = await scene.admin('PUT', `${path}/lanes`, [...others, ...lanes]);
    if (status !== 200) throw new Error(`no lanes: ${text}`);
    const ruled = await scene.admin('PUT', `${path}/routing`, { rules: lanes === behind ? rules : [] });
    if (ruled.status !== 200) throw new Error(`no rules: ${ruled.text}`);
    const known = `select 1 from credential where provider = 'stripe' and event_secret is not null`;
    await eventually(async () => (await rows(scene.app, known)).length > 0);
    return new Plays(scene);
  }

  /** An amount of one's own, even, so that half of it is nobody's, and such that this provider is asked first. */
  amount(provider: Provider): number {
    this.cents += 2;
    return provider === 'stripe' ? stripeFrom + this.cents : this.cents;
  }

  async well(provider: Provider): Promise<void> {
    if (provider === 'gerencianet') await this.scene.pix({ expire: 86_400 });
    else await this.counter.made('paid', { amount: this.amount(provider) });
  }

  /** Waits until nobody asks this provider about what it has told of: what is armed next meets its own act. */
  async unasked(provider: Provider): Promise<void> {
    const asked = async (): Promise<string | undefined> => {
      const { body } = await this.scene.sim('GET', `/_sim/requests?provider=${provider}`);
      return as<{ requests: { at: string }[] }>(body).requests.at(-1)?.at;
    };
    await eventually(async () => {
      const before = await asked();
      await pause(300);
      return (await asked()) === before;
    });
  }

  async stage(it: Struck): Promise<Play> {
    // A payment that nobody tells of is found when the code expires.
    const expire = it.kind === 'no_callback' ? 60 : 86_400;
    const play: Play = { it, amount: this.amount(it.provider), key: fresh('key'), expire };
    const { amount } = play;
    const holds = it.hold === true || /(capture|void)$/.test(it.operation);
    if (holds) this.holds.add(amount);
    if (it.kind === 'portal_void' && it.provider === 'stripe') this.halved.add(amount);
    if (it.operation === 'pix.cancel') play.made = await this.scene.pix({ amount, expire });
    if (it.operation === 'pix.refund') play.made = await this.scene.paid({ amount, expire });
    if (acts[it.operation] === undefined) return play;
    const made = await this.counter.made(holds ? 'authorized' : 'paid', { amount, capture: !holds });
    // A busy machine may have gone on with another provider: then it is another act's.
    if (made.provider !== it.provider) return this.stage(it);
    play.made = made;
    return play;
  }

  async ask(play: Play, card: object = {}): Promise<Answer> {
    const { it, amount, expire, made, key } = play;
    const under = { headers: { 'idempotency-key': key } };
    const act = acts[it.operation];
    // Somebody else can only take of what is left.
    const part = it.kind === 'portal_void' && act === 'refund' ? { amount: amount / 2 } : {};
    if (act !== undefined) return (play.answer = await this.counter.act(made!.id, act, part, under));
    if (isCard(it)) {
      const wish = { amount, capture: it.hold !== true };
      return (play.answer = await this.counter.ask('credit', wish, card, under));
    }
    if (it.operation === 'pix.create') return (play.answer = await this.scene.ask({ amount, expire }, under));
    if (it.operation === 'pix.refund') return (play.answer = await this.scene.refund(made!.id, undefined, under));
    return (play.answer = await this.scene.api('POST', `/pix/${made!.id}/cancel`, undefined, under));
  }

  charge(play: Play): Promise<Charge> {
    const id = play.made?.id ?? as<{ id: string }>(play.answer!.body).id;
    return isCard(play.it) ? this.counter.charge(id) : this.scene.charge(id);
  }

  /** Somebody may have given half of it back. */
  protected override isOf({ amount }: Play, effect: Effect): boolean {
    return effect.amount === amount || effect.amount * 2 === amount;
  }

  /** The money that is at a provider for us, as the simulated world has seen it come and go. */
  held(provider: Provider, effects: readonly Effect[]): number {
    const own = effects.filter((it) => it.provider === provider);
    const comes = ({ operation, amount }: Effect): boolean =>
      /[.](received|capture)$/.test(operation) || (operation === 'cards.authorize' && !this.holds.has(amount));
    const goes = ({ operation, amount }: Effect): boolean =>
      /[.](refund|chargeback)$/.test(operation) && !this.halved.has(amount * 2);
    const sum = (fits: (it: Effect) => boolean): number =>
      own.filter(fits).reduce((total, { amount }) => total + amount, 0);
    return sum(comes) - sum(goes);
  }
}
