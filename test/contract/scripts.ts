import { cents } from '@libs/money/cents.js';
import type { Acts, Operation } from '@libs/providers/contract/acts.js';
import type { Outcome } from '@libs/providers/contract/outcome.js';
import { partsOf, type Staged, type Stand } from './stand.js';

/** How an act is played before the sandbox, whoever the provider is. */
export interface Script<I> {
  /** Makes what the act acts upon. */
  stage(stand: Stand): Promise<Staged & { readonly input: I }>;
  /** What the call says when nothing goes wrong. */
  readonly says: Outcome['kind'];
  /** Somebody decides it, where that is not the provider itself: the payer pays. */
  decide?(stand: Stand, staged: Staged): Promise<void>;
  /** Whether money moves by it; else `done` is of 0. */
  readonly moves: boolean;
  /** Names of the effects that the simulated world has seen when it is done. */
  readonly effects: readonly string[];
  /** Other wishes than this one, each by one thing. */
  others(input: I): readonly I[];
  /** What another hand than ours does to the thing meanwhile, so that its state is neither before nor after. */
  meddle?(stand: Stand, staged: Staged): Promise<void>;
}

let amounts = 1_000n;
const made = (stand: Stand): Staged & { readonly input: Acts['pix']['create'] } => {
  const amount = cents((amounts += 1n));
  const payer = { name: 'Maria', taxId: '12345678909' };
  const input = { amount, currency: 'BRL', expireSeconds: 3600, payer, instructions: 'Pedido' } as const;
  return { key: stand.key('pix.create'), input, amount };
};

const pay = async (stand: Stand, ref: string, wish: object = {}): Promise<void> =>
  void (await stand.sim('POST', `pix/${ref}/pay`, wish));

/** A code that stands at the provider. */
async function issued(stand: Stand): Promise<Staged & { readonly ref: string }> {
  const staged = made(stand);
  const said = await stand.act('pix.create', staged);
  if (said.kind !== 'pending') throw new Error(`no code: ${said.kind}`);
  return { ...staged, ref: said.ref };
}

/** Every act of every capability: the compiler wants a new one here, and so does the suite. */
export const scripts: { readonly [K in keyof Acts]: { readonly [A in keyof Acts[K]]: Script<Acts[K][A]> } } = {
  pix: {
    create: {
      stage: async (stand) => made(stand),
      says: 'pending',
      decide: (stand, { key }) => pay(stand, key),
      moves: true,
      effects: ['pix.create', 'pix.received'],
      others: (input) => [
        { ...input, amount: cents(input.amount + 1n) },
        { ...input, expireSeconds: input.expireSeconds + 1 },
      ],
    },
    cancel: {
      async stage(stand) {
        const { ref, amount } = await issued(stand);
        return { key: stand.key('pix.cancel'), input: { ref }, parent: { ref }, amount };
      },
      says: 'done',
      moves: false,
      effects: ['pix.create', 'pix.cancel'],
      others: () => [],
      meddle: (stand, { parent }) => pay(stand, parent!.ref),
    },
    refund: {
      async stage(stand) {
        const sale = await issued(stand);
        await pay(stand, sale.ref);
        const paid = await stand.find('pix.create', sale);
        if (paid.kind !== 'done' || paid.receipt === undefined) throw new Error(`not paid: ${paid.kind}`);
        const parent = { ref: sale.ref, receipt: paid.receipt };
        const amount = cents(sale.amount - 1n);
        const input = { ...parent, amount, currency: 'BRL', rest: false } as const;
        return { key: stand.key('pix.refund'), input, parent, amount };
      },
      says: 'pending',
      moves: true,
      effects: ['pix.refund'],
      others: (input) => [{ ...input, amount: cents(input.amount - 1n) }],
    },
  },
};

/** The script of an operation. The cast forgets its input, which only its own `stage` and `others` touch. */
export function scriptOf(operation: Operation): Script<unknown> {
  const [capability, act] = partsOf(operation);
  const played = (scripts as unknown as Readonly<Record<string, Readonly<Record<string, Script<unknown>>>>>)[
    capability
  ];
  const script = played?.[act];
  if (!script) throw new Error(`scripts.ts plays no ${operation}`);
  return script;
}
