import type { Operation } from '@libs/providers/contract/acts.js';
import type { Kind } from '@apps/sandbox/faults.js';
import { simulators } from '@apps/sandbox/simulators.js';

/** An act at a provider, and what goes wrong with it. */
export const everybody = ['gerencianet', 'cielo', 'stripe', 'pinbank'] as const;
export type Provider = (typeof everybody)[number];
export interface Struck {
  readonly kind: Kind;
  readonly provider: Provider;
  /** Who stands behind it, where there is a choice. */
  readonly next?: Provider;
  readonly operation: Operation;
  /** A card's money is to be held only. */
  readonly hold?: boolean;
  /** It strikes once, and then all is well. */
  readonly once?: boolean;
}
/** One way it may go: what the caller is told, how the charge ends, what the simulated world has then seen. */
export interface End {
  readonly answers: readonly number[];
  readonly status: string;
  readonly effects: readonly string[];
  /** Nothing settles it but a human. */
  readonly parked?: true;
}

/** What a fault does to the call that it strikes. `never`, `unsent`: nothing happened, which only the latter says. */
export type Blow = 'none' | 'lost' | 'never' | 'unsent' | 'taken';
const blows: Partial<Record<Kind, Blow>> = {
  timeout_before: 'never',
  http_500_before: 'never',
  refuse: 'unsent',
  http_429: 'unsent',
  http_401: 'unsent',
  timeout_after: 'lost',
  reset_after: 'lost',
  http_500_after: 'lost',
  garbled: 'lost',
  truncated: 'lost',
  slow: 'lost',
  wrong_amount: 'lost',
};
const questions: readonly Kind[] = ['find_refused', 'find_404_then_found', 'wrong_store_404'];

/** Where the providers' sheets make a difference. */
export function blowOf({ kind, provider, operation, once }: Struck): Blow {
  const begins = /\.(create|authorize)$/.test(operation);
  if (kind === 'wrong_amount' && /\.(cancel|void)$/.test(operation)) return 'none'; // no amount is moved by it
  const refuses = provider === 'stripe' || operation === 'pix.create'; // a number that was used
  if (kind === 'duplicate_key_first_send' && provider !== 'cielo' && refuses) return 'taken';
  switch (provider) {
    case 'gerencianet':
      if (kind === 'http_401' && once) return 'none'; // a new token, and the same call for the first time
      break;
    case 'cielo':
      if (kind === 'http_429' || kind === 'http_401') return 'never'; // which its sheet does not say
      if (kind === 'wrong_amount' && !begins) return 'none'; // the sale itself is asked, or states none
      // What the sale shows before is what will prove the act: where it cannot be read, nothing is sent.
      if (questions.includes(kind) && !begins) return 'unsent';
      break;
    case 'pinbank':
      if (kind === 'http_429') return 'never'; // no more than its own 401 says so
      if (kind === 'http_401' && once) return 'none'; // a new token, as above
      if (kind === 'duplicate_key_first_send') return 'lost'; // a twin is looked for after a lost answer alone
      break;
    case 'stripe':
      break;
  }
  return blows[kind] ?? 'none';
}

/** What else happens in the world that is no doing of the call. */
const beside = (kind: Kind, capability: string, provider?: Provider): readonly string[] => {
  if (kind === 'chargeback') return [`${capability}.chargeback`];
  // Somebody gives half of the payment back at the provider's own pages.
  if (kind === 'portal_void' && provider === 'stripe') return ['cards.refund'];
  return kind === 'second_payment' ? ['pix.received', 'pix.refund'] : []; // it goes back to the payer
};

const pixPaid = ['pix.create', 'pix.received'];
const pixCreated = (kind: Kind): Readonly<Record<Blow, End>> => {
  const effects = [...pixPaid, ...beside(kind, 'pix')];
  return {
    none: { answers: [201], status: 'paid', effects },
    lost: { answers: [202], status: 'paid', effects },
    never: { answers: [202], status: 'failed', effects: [] },
    unsent: { answers: [503], status: 'failed', effects: [] },
    taken: { answers: [202], status: 'processing', effects: [], parked: true },
  };
};
const pixCanceled = (): Readonly<Record<Blow, End>> => {
  const done = { status: 'canceled', effects: ['pix.create', 'pix.cancel'] };
  const not = { status: 'pending', effects: ['pix.create'] };
  return {
    none: { ...done, answers: [200] },
    lost: { ...done, answers: [202] },
    never: { ...not, answers: [202] },
    unsent: { ...not, answers: [503] },
    taken: { ...done, answers: [200] },
  };
};
/** A refund is asked for in any case, and goes until it has gone. */
const pixRefunded: End = { answers: [200], status: 'refunded', effects: [...pixPaid, 'pix.refund'] };

const sold = 'cards.authorize';
/** A callback may settle a lost answer before its caller is told anything. */
const cardSold = ({ kind, provider, hold }: Struck): Readonly<Record<Blow, End>> => {
  const status = hold ? 'authorized' : 'paid';
  // There is another sale under its number, which is undone when it is seen.
  const twins = kind === 'duplicate_key_first_send' ? [sold, hold ? 'cards.void' : 'cards.refund'] : [];
  const effects = [sold, ...twins, ...(hold ? [] : beside(kind, 'cards', provider))];
  // Somebody lets the hold go at the provider's own pages.
  const gone = hold && kind === 'portal_void' && provider === 'stripe';
  const done = gone ? { status: 'canceled', effects: [sold, 'cards.void'] } : { status, effects };
  return {
    none: { ...done, answers: [201] },
    lost: { ...done, answers: [201, 202] },
    never: { answers: [202], status: 'failed', effects: [] },
    unsent: { answers: [503], status: 'failed', effects: [] },
    taken: { answers: [202], status: 'processing', effects: [], parked: true },
  };
};
const cardFollowed = ({ operation, kind, provider }: Struck): Readonly<Record<Blow, End>> => {
  const captures = operation === 'cards.capture';
  const effects = [sold, operation, ...(captures ? beside(kind, 'cards', provider) : [])];
  const done = { status: captures ? 'paid' : 'canceled', effects };
  const not = { status: 'authorized', effects: [sold] };
  return {
    none: { ...done, answers: [200] },
    lost: { ...done, answers: [200, 202] },
    never: { ...not, answers: [202] },
    unsent: { ...not, answers: [503] },
    taken: { ...not, answers: [202], parked: true },
  };
};
const cardRefunded: End = { answers: [200], status: 'refunded', effects: [sold, 'cards.refund'] };

/** It went and came back: a human was told; or it was heard in time, and it never was given. */
const came = (effects: readonly string[]): readonly End[] => [
  { answers: [200], status: 'refunded', effects },
  { answers: [200], status: 'paid', effects },
];

/** Faults of the payment and of what is told of it: a slip is registered long before. */
export const ofPayment = (kind: Kind): boolean => /callback|second_payment/.test(kind);
/** Only Cielo cannot take a twin back. A provider's own word may come before a lost answer is given up. */
const slipMade = ({ kind, provider }: Struck): Readonly<Record<Blow, End>> => {
  const made = 'bankslip.create';
  const twins = kind === 'duplicate_key_first_send' ? [made, ...(provider === 'cielo' ? [] : ['bankslip.cancel'])] : [];
  const again = kind === 'second_payment' ? ['bankslip.received'] : [];
  const paid = ofPayment(kind) ? ['bankslip.received', ...again] : [];
  const done = { status: ofPayment(kind) ? 'paid' : 'pending', effects: [made, ...twins, ...paid] };
  return {
    none: { ...done, answers: [201] },
    lost: { ...done, answers: [201, 202] },
    never: { answers: [202], status: 'failed', effects: [] },
    unsent: { answers: [503], status: 'failed', effects: [] },
    taken: { answers: [202], status: 'processing', effects: [], parked: true },
  };
};

/** Every way in which a struck act may rightly end, where it has the provider to itself: the one table. */
export function endsOf(it: Struck): readonly End[] {
  const { kind, operation, provider } = it;
  const blow = blowOf(it);
  switch (operation) {
    case 'pix.create':
      return [pixCreated(kind)[blow]];
    case 'pix.cancel':
      return [pixCanceled()[blow]];
    case 'pix.refund':
      return kind === 'refund_fails_after_success' ? came(pixPaid) : [pixRefunded];
    case 'bankslip.create':
      return [slipMade(it)[blow]];
    case 'cards.authorize':
      return [cardSold(it)[blow]];
    case 'cards.capture':
    case 'cards.void':
      return [cardFollowed(it)[blow]];
    case 'cards.refund':
      // Stripe says that it came back, or never went; of Cielo the sale itself shows, twice, that it came back.
      if (kind === 'refund_fails_after_success' || (kind === 'refund_fails' && provider === 'stripe'))
        return [{ ...cardRefunded, status: 'paid', effects: [sold] }];
      if (blow === 'taken') return [{ ...cardRefunded, status: 'refund_requested', effects: [sold], parked: true }];
      return [cardRefunded];
    default:
      throw new Error(`ends.ts says nothing of ${operation}`);
  }
}

/** Every kind that a provider plays, by the sandbox's own list. */
export const kindsOf = (provider: Provider): readonly Kind[] => simulators.find(({ id }) => id === provider)!.kinds;

/** Acts at which a kind does anything at all. */
export function bites(kind: Kind, among: readonly Operation[], provider: Provider): readonly Operation[] {
  const only = (fits: RegExp): readonly Operation[] => among.filter((it) => fits.test(it));
  if (kind.startsWith('refund_fails')) return only(/refund$/);
  if (kind === 'chargeback') return only(/^pix[.]create$|(authorize|capture)$/);
  if (kind === 'portal_void') return only(provider === 'cielo' ? /refund$/ : /(authorize|capture)$/);
  if (kind === 'wrong_store_404' && provider === 'pinbank') return only(/^cards/);
  if (kind === 'second_payment') return only(/create$/);
  if (kind === 'duplicate_key_first_send') return provider === 'stripe' ? among : only(/(create|authorize)$/);
  // Stripe tells of a refund only when it fails, Efí of no cancel.
  if (kind.includes('callback'))
    return only(provider === 'stripe' ? /(authorize|capture|void)$/ : /^cards|create$|refund$/);
  return among;
}
