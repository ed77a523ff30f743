import { now } from '@libs/kernel/clock.js';
import { cents } from '@libs/money/cents.js';
import type { Acts, Operation, Part } from '@libs/providers/contract/acts.js';
import type { BankslipData } from '@libs/providers/contract/inputs.js';
import type { Outcome } from '@libs/providers/contract/outcome.js';
import { partsOf, type Staged, type Stand } from './stand.js';

/** How an act is played before the sandbox, whoever the provider is. */
export interface Script<I> {
  /** Makes what the act acts upon. */
  stage(stand: Stand): Promise<Staged & { readonly input: I }>;
  /** What the call says when nothing goes wrong. */
  readonly says: Outcome['kind'];
  /** Somebody decides it, where that is not the provider itself: the payer pays. */
  decide?(stand: Stand, staged: Staged, wish?: object): Promise<void>;
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
const resident = {
  name: 'Maria',
  taxId: '12345678909',
  address: {
    street: 'Rua Augusta',
    number: '10',
    neighborhood: 'Consolação',
    city: 'São Paulo',
    state: 'SP',
    zipCode: '01305000',
  },
};
/** What a slip was made with, by what the provider calls it: it is paid by its line. */
const slips = new Map<string, Staged>();
const made = (stand: Stand): Staged & { readonly input: Acts['pix']['create'] } => {
  const amount = cents((amounts += 1n));
  const payer = { name: 'Maria', taxId: '12345678909' };
  const input = { amount, currency: 'BRL', expireSeconds: 3600, payer, instructions: 'Pedido' } as const;
  return { key: stand.key('pix.create'), input, amount };
};

const pay = async (stand: Stand, ref: string, wish: object = {}): Promise<void> =>
  void (await stand.sim('POST', `pix/${ref}/pay`, wish));
const payCode = async (stand: Stand, staged: Staged, wish?: object): Promise<void> =>
  pay(stand, (await stand.made('pix.create', staged)).ref, wish);

/** A code that stands at the provider. */
async function issued(stand: Stand): Promise<Staged & { readonly ref: string }> {
  const staged = made(stand);
  const said = await stand.act('pix.create', staged);
  if (said.kind !== 'pending') throw new Error(`no code: ${said.kind}`);
  return { ...staged, ref: said.ref };
}

const slip = (stand: Stand): Staged & { readonly input: Acts['bankslip']['create'] } => {
  const amount = cents((amounts += 1n));
  const dueOn = new Date(now().getTime() + 7 * 86_400_000).toISOString().slice(0, 10);
  const input = { amount, currency: 'BRL', dueOn, payableDays: 30, payer: resident, instructions: 'Pedido' } as const;
  return { key: stand.key('bankslip.create'), input, amount };
};
const paySlip = async (stand: Stand, staged: Staged, wish: object = {}): Promise<void> => {
  const { line } = (await stand.made('bankslip.create', staged)).data as BankslipData;
  await stand.sim('POST', `bankslips/${line}/pay`, wish);
};

/** A slip that stands at the provider. */
async function registered(stand: Stand): Promise<Staged & { readonly ref: string }> {
  const staged = slip(stand);
  const said = await stand.act('bankslip.create', staged);
  if (said.kind !== 'pending') throw new Error(`no slip: ${said.kind}`);
  return { ...staged, ref: said.ref };
}

const sale = (stand: Stand, capture: boolean): Staged & { readonly input: Acts['cards']['authorize'] } => {
  const { card } = stand.peer;
  if (!card) throw new Error(`peers.ts knows no card for ${stand.provider.id}`);
  const amount = cents((amounts += 1n));
  const payer = { name: 'Maria', taxId: '12345678909', email: 'maria@example.com' };
  const input = { amount, currency: 'BRL', type: 'credit', card, payer, installments: 1, capture } as const;
  return { key: stand.key('cards.authorize'), input, amount };
};

/** A sale that stands at the provider: held, or paid. */
async function sold(stand: Stand, capture: boolean): Promise<Pick<Staged, 'amount'> & { readonly ref: string }> {
  const staged = sale(stand, capture);
  const said = await stand.act('cards.authorize', staged);
  if (said.kind !== 'done') throw new Error(`no sale: ${said.kind}`);
  return { ref: said.ref, amount: staged.amount };
}

/** A part of a sale, so small that it may be taken twice. */
async function part(stand: Stand, operation: 'cards.capture' | 'cards.refund'): Promise<Staged & { input: Part }> {
  const { ref, amount: all } = await sold(stand, operation === 'cards.refund');
  const whole = stand.peer.whole?.includes(operation) ?? false;
  const amount = whole ? all : cents(all / 3n);
  const input = { ref, amount, currency: 'BRL', rest: whole } as const;
  return { ...(await stand.follows(operation, { ref })), input, amount };
}

/** The same things done by another hand. */
const otherwise = async (stand: Stand, operation: Operation, input: object): Promise<void> => {
  const said = await stand.act(operation, { key: stand.key(operation), input });
  if (said.kind !== 'done') throw new Error(`no ${operation}: ${said.kind}`);
};

/** Every act of every capability: the compiler wants a new one here, and so does the suite. */
export const scripts: { readonly [K in keyof Acts]: { readonly [A in keyof Acts[K]]: Script<Acts[K][A]> } } = {
  pix: {
    create: {
      stage: async (stand) => made(stand),
      says: 'pending',
      decide: payCode,
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
        const part = { ...parent, amount: cents(sale.amount - 1n), currency: 'BRL', rest: false } as const;
        const parted = stand.provider.unfit?.('pix.refund', part) === undefined;
        const input = parted ? part : { ...part, amount: sale.amount, rest: true };
        return { key: stand.key('pix.refund'), input, parent, amount: input.amount };
      },
      says: 'pending',
      moves: true,
      effects: ['pix.refund'],
      others: (input) => [{ ...input, amount: cents(input.amount - 1n) }],
      // Where it is proved by state it is of the whole: another hand's looks like ours.
    },
  },
  bankslip: {
    create: {
      stage: async (stand) => slip(stand),
      says: 'pending',
      decide: paySlip,
      moves: true,
      effects: ['bankslip.create', 'bankslip.received'],
      others: (input) => [{ ...input, amount: cents(input.amount + 1n) }],
    },
    cancel: {
      async stage(stand) {
        const { ref, key, input, amount } = await registered(stand);
        slips.set(ref, { key, input, amount });
        return { ...(await stand.follows('bankslip.cancel', { ref })), input: { ref }, amount };
      },
      says: 'done',
      moves: false,
      effects: ['bankslip.create', 'bankslip.cancel'],
      others: () => [],
      meddle: (stand, { parent }) => paySlip(stand, slips.get(parent!.ref)!),
    },
  },
  cards: {
    authorize: {
      stage: async (stand) => sale(stand, true),
      says: 'done',
      moves: true,
      effects: ['cards.authorize'],
      others: (input) => [{ ...input, amount: cents(input.amount + 1n) }],
    },
    capture: {
      stage: (stand) => part(stand, 'cards.capture'),
      says: 'done',
      moves: true,
      effects: ['cards.authorize', 'cards.capture'],
      others: () => [],
      meddle: (stand, { parent }) => otherwise(stand, 'cards.void', { ref: parent!.ref }),
    },
    void: {
      async stage(stand) {
        const { ref, amount } = await sold(stand, false);
        return { ...(await stand.follows('cards.void', { ref })), input: { ref }, amount };
      },
      says: 'done',
      moves: false,
      effects: ['cards.authorize', 'cards.void'],
      others: () => [],
      meddle: (stand, { parent, amount }) =>
        otherwise(stand, 'cards.capture', { ref: parent!.ref, amount, currency: 'BRL', rest: false }),
    },
    refund: {
      stage: (stand) => part(stand, 'cards.refund'),
      says: 'done',
      moves: true,
      effects: ['cards.authorize', 'cards.refund'],
      others: (input) => [{ ...input, amount: cents(input.amount - 1n) }],
      meddle: (stand, { parent }) =>
        otherwise(stand, 'cards.refund', { ref: parent!.ref, amount: cents(7), currency: 'BRL', rest: false }),
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
