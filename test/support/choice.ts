import { rows } from './app.js';
import { as, type Charge, type Scene } from './scene.js';

export interface Candidate {
  readonly lane: string;
  readonly provider: string;
  readonly outcome: string;
  readonly reason: string;
  readonly figures?: Readonly<Record<string, number>>;
}
export interface Decision {
  readonly rulesVersion: number;
  readonly candidates: readonly Candidate[];
}
export interface Rules {
  readonly version: number;
  readonly rules: readonly object[];
}

const lane = (name: string, priority: number, more: object = {}): object => ({
  provider: 'gerencianet',
  operation: 'pix.create',
  priority,
  credential: { name, environment: 'simulator' },
  price: { rateBps: 100, fixed: 0 },
  ...more,
});
/** Three lanes by two accounts at the simulator, at 0,6, 0,1 and 0,9 %; the last for much money only. */
export const lanes = (more: object = {}): readonly object[] => [
  lane('gerencianet', 1, { cost: { rateBps: 60, fixed: 0 } }),
  lane('second', 2, { cost: { rateBps: 10, fixed: 0 }, ...more }),
  lane('second', 3, { conditions: { amountMin: 500_000 }, cost: { rateBps: 90, fixed: 0 } }),
];

/** What is in order, each by the priority of its lane, which names it. */
export const line = ({ candidates }: Decision): string =>
  candidates.map((it) => `${it.figures?.['priority'] ?? ''} ${it.outcome} ${it.reason}`.trim()).join(', ');

/** A merchant with a choice: its lanes and its rules. */
export class Choice {
  private constructor(
    readonly scene: Scene,
    readonly merchant: string,
    /** Of its rules. */
    readonly path: string,
  ) {}

  /** The second account is a row of its own for the first one, as after a merchant's second contract. */
  static async open(scene: Scene): Promise<Choice> {
    const merchant = as<{ data: { id: string }[] }>((await scene.admin('GET', '/admin/merchants')).body).data[0]!.id;
    await rows(
      scene.app,
      `insert into credential (id, merchant_id, name, provider, environment, mode, identity, currency, secret,
         callback_secret, callback_hash)
       select gen_random_uuid(), merchant_id, 'second', provider, environment, mode, identity, currency, secret,
         callback_secret, 'none' from credential where provider = 'gerencianet'`,
    );
    const { status, text } = await scene.admin('PUT', `/admin/merchants/${merchant}/lanes`, lanes());
    if (status !== 200) throw new Error(`no lanes: ${text}`);
    return new Choice(scene, merchant, `/admin/merchants/${merchant}/routing`);
  }

  async rule(rules: readonly object[]): Promise<Rules> {
    const { status, body, text } = await this.scene.admin('PUT', this.path, { rules });
    if (status !== 200) throw new Error(`no rules: ${text}`);
    return as<Rules>(body);
  }

  /** The dry run of a Pix of R$ 10,00. */
  async planned(more: object = {}): Promise<Decision> {
    const asked = { merchantId: this.merchant, operation: 'pix.create', amount: 1000, ...more };
    const { status, body, text } = await this.scene.admin('POST', '/admin/routing/plan', asked);
    if (status !== 200) throw new Error(`no plan: ${text}`);
    return as<Decision>(body);
  }

  /** What the attempt that began a charge was chosen by. */
  async decided({ id }: Charge): Promise<Decision> {
    const [row] = await rows<{ decision: Decision }>(
      this.scene.app,
      `select decision from attempt where owner_id = $1 and operation = 'pix.create' order by created_at limit 1`,
      [id],
    );
    return row!.decision;
  }

  /** How many provider calls there are on record. */
  async attempts(): Promise<number> {
    const [row] = await rows<{ count: number }>(this.scene.app, 'select count(*)::int as count from attempt');
    return row!.count;
  }
}
