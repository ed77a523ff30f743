import { now } from '@libs/kernel/clock.js';
import type { Operation } from '@libs/providers/contract/acts.js';
import type { Card } from '@libs/providers/contract/inputs.js';
import type { Proof } from '@libs/providers/contract/proof.js';
import type { ProviderId } from '@libs/providers/contract/provider.js';
import type { Sandbox } from '@apps/sandbox/server.js';
import { pinbank } from './pinbank.peer.js';
import type { Said } from './tap.js';

/** What the suite must be told of a provider, because no list of ours says it. */
export interface Peer {
  /** What opens the account that the sandbox keeps there. */
  credentials(sandbox: Sandbox): object;
  /** What makes of those credentials some that open nothing. */
  readonly spoiled: object;
  /** A card that is good there, where cards are taken. */
  readonly card?: Card;
  /** Names of that account by which a test may ask for another one's. */
  readonly foreign: Readonly<Record<string, string>>;
  /** What no log may show, beside the tokens that the wire itself gives away. */
  secrets(sandbox: Sandbox): readonly string[];
  /** The rows of the evidence: what proves that an act has never happened. */
  readonly proofs: Readonly<Partial<Record<Operation, Proof>>>;
  /** A merchant's own id that this provider takes as a key; absent where it takes none. */
  wish?(n: number): string;
  /** Acts whose key has no place on the wire: the thing they act upon has one. */
  readonly keyless: readonly Operation[];
  /** Acts that happen once more when they are sent once more: no key of ours is honoured there. */
  readonly repeated?: readonly Operation[];
  /** Acts that it does whatever another hand has done meanwhile; that hand shows afterwards, when we ask. */
  readonly regardless?: readonly Operation[];
  /** Members of an answer that hold one of the provider's words, or numbers, for a state. */
  readonly words: readonly string[];
  /** The shape of an amount in an answer, where amounts are texts. */
  readonly money?: RegExp;
  /** Where amounts are numbers: the members that state the amount of an act. */
  amounts?(operation: Operation): RegExp;
  /** Statuses of success among which its sheet makes no difference. */
  readonly alike?: readonly number[];
  /** Where it answers with a list of everybody's: the same with ours alone, by the name that our key gave it. */
  ours?(said: Said, key: string): Said;
  /** Members by which a row of such a list, or a new thing, is ours: without them it is another's. */
  names?(operation: Operation): readonly string[];
  /** Every answer on the way to an outcome is put to the rules, not the last alone. */
  chained?(operation: Operation): boolean;
  /** Acts before which their object is looked at. */
  readonly asksFirst?: readonly Operation[];
  /** Acts that are accepted first and done a little later, where other providers' are done at once. */
  readonly later?: readonly Operation[];
  /**
   * What it tells of money that comes for an act: nothing but that it came, or only how much all of it is. Absent:
   * every payment by itself.
   */
  payments?(operation: Operation): 'untold' | 'summed' | undefined;
  /** Bodies in clear, and sealed again, where they travel sealed. */
  readonly letter?: {
    open(sandbox: Sandbox, body: string): string;
    close(sandbox: Sandbox, body: string): string;
  };
  /** Acts that bear no name of ours afterwards: only the reference in their answer finds them again. */
  readonly nameless?: readonly Operation[];
  /** What an act says that is sent once more, where that is not what it said at first. */
  readonly again?: Readonly<Partial<Record<Operation, string>>>;
  /** Refunds of which only the whole can be seen. */
  readonly whole?: readonly Operation[];
  /** Acts whose end is told by events alone. */
  readonly told?: readonly Operation[];
  /** How it is asked, where that is not a GET. */
  readonly asks?: string;
  /** How many tokens it gives for a log-in; none where the secret itself goes with each call. */
  readonly tokens: number;
  /** A refusal in the provider's own form: with this word of its own, which may be one that nobody knows. */
  refusal(status: number, word: string, operation: Operation): Said;
  /** Its own refusals after which its sheet says that nothing was executed. */
  unsent(operation: Operation): readonly Said[];
  /** Its own words for "there is no such thing", by the act that is asked after. */
  absences(operation: Operation): readonly Said[];
}

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

const efi = (status: number, nome: string): Said => ({
  status,
  body: JSON.stringify({ nome, mensagem: 'Não foi possível.' }),
});
const oauth = (status: number, error: string): Said => ({
  status,
  body: JSON.stringify({ error, error_description: 'Not now' }),
});
const ofSlip = (operation: Operation): boolean => operation.startsWith('bankslip.');
const numbered = (status: number, code: number, error = 'invalid_operation'): Said => ({
  status,
  body: JSON.stringify({ code, error, error_description: 'Não foi possível.' }),
});
/** The list in which there is none, as it is asked for today. */
const noSlips = (): Said => {
  const day = (days: number): string =>
    new Date(now().getTime() + days * dayMs - 3 * 60 * minuteMs).toISOString().slice(0, 10);
  const pagination = { limit: 100, offset: 0, page: 1 };
  const params = { begin_date: day(-1), end_date: day(1), pagination };
  return { status: 200, body: JSON.stringify({ code: 200, data: [], params }) };
};
const unseen = (...words: string[]): readonly Said[] => words.flatMap((it) => [efi(400, it), efi(404, it)]);

const gerencianet: Peer = {
  credentials: ({ accounts }) => ({ environment: 'simulator', ...accounts.gerencianet }),
  spoiled: { clientSecret: 'another' },
  foreign: { pixKey: 'somebody@else.example' },
  secrets: ({ accounts: { gerencianet: it } }) => [
    it.clientSecret,
    it.clientId,
    it.certificate,
    Buffer.from(`${it.clientId}:${it.clientSecret}`).toString('base64'),
  ],
  proofs: {
    'pix.create': { by: 'key', afterMs: 2 * minuteMs },
    'pix.cancel': { by: 'state', afterMs: 2 * minuteMs },
    'pix.refund': { by: 'again', untilMs: 90 * dayMs },
    'bankslip.create': { by: 'key', afterMs: 30 * minuteMs },
    'bankslip.cancel': { by: 'state', afterMs: 2 * minuteMs },
  },
  wish: (n) => `Pedido${String(n).padStart(24, '0')}`,
  keyless: ['pix.cancel', 'bankslip.cancel'],
  repeated: ['bankslip.create'],
  words: ['status'],
  money: /^\d{1,10}\.\d{2}$/,
  amounts: (operation) => (ofSlip(operation) ? /^total$/ : /^$/),
  names: (operation) => (operation === 'bankslip.create' ? ['charge_id'] : []),
  chained: ofSlip,
  payments: (operation) => (ofSlip(operation) ? 'summed' : undefined),
  tokens: 1,
  refusal: (status, word, operation) => (ofSlip(operation) ? numbered(status, 3_599_999, word) : efi(status, word)),
  unsent: (operation) =>
    ofSlip(operation)
      ? [numbered(429, 3_500_049), numbered(400, 3_500_055), oauth(401, 'invalid_token'), numbered(403, 3_500_001)]
      : [efi(429, 'balde_fichas_vazio'), oauth(401, 'invalid_token'), oauth(403, 'insufficient_scope')],
  absences: (operation) =>
    operation === 'bankslip.create'
      ? [noSlips()]
      : operation === 'pix.refund'
        ? unseen('devolucao_nao_encontrada', 'PixDevolucaoNaoEncontrada')
        : operation === 'pix.create'
          ? unseen('cobranca_nao_encontrada', 'CobNaoEncontrado')
          : [],
};

const complaint = (status: number, Code: string): Said => ({
  status,
  body: JSON.stringify([{ Code, Message: 'Not possible' }]),
});
const proved = { forgetsMs: 80 * dayMs } as const;
const [number, cvv] = ['4024007153760011', '739'];

const cielo: Peer = {
  credentials: ({ accounts }) => ({ environment: 'simulator', pixContract: 'cielo2', ...accounts.cielo }),
  spoiled: { merchantKey: 'X'.repeat(40) },
  card: { number, holder: 'MARIA DE SOUZA', expires: '12/2030', brand: 'visa', cvv },
  foreign: {},
  // Three digits are too few to be looked for alone.
  secrets: ({ accounts }) => [accounts.cielo.merchantKey, number, `"${cvv}"`, `\\"${cvv}\\"`],
  proofs: {
    'cards.authorize': { by: 'key', afterMs: 35 * minuteMs, ...proved },
    'cards.capture': { by: 'state', afterMs: 10 * minuteMs, ...proved },
    'cards.void': { by: 'state', afterMs: 10 * minuteMs, ...proved },
    'cards.refund': { by: 'state', afterMs: dayMs, ...proved },
    'pix.create': { by: 'key', afterMs: 35 * minuteMs, ...proved },
    'pix.cancel': { by: 'state', afterMs: 10 * minuteMs, ...proved },
    'pix.refund': { by: 'state', afterMs: dayMs, ...proved },
    'bankslip.create': { by: 'key', afterMs: 35 * minuteMs, ...proved },
  },
  keyless: ['cards.capture', 'cards.void', 'cards.refund', 'pix.cancel', 'pix.refund'],
  repeated: ['cards.authorize', 'cards.refund', 'pix.create', 'bankslip.create'],
  asksFirst: ['pix.cancel', 'pix.refund'],
  later: ['pix.cancel'],
  payments: (operation) => (operation.endsWith('.create') ? 'untold' : undefined),
  regardless: ['cards.void', 'cards.refund'],
  words: ['Status'],
  amounts: (operation) =>
    operation === 'cards.capture' ? /^CapturedAmount$/ : operation === 'cards.refund' ? /^VoidedAmount$/ : /^Amount$/,
  alike: [200, 201],
  chained: () => true,
  tokens: 0,
  refusal: complaint,
  unsent: () => [],
  absences: (operation) =>
    /\.(authorize|create)$/.test(operation)
      ? [
          { status: 404, body: '' },
          { status: 200, body: '{"ReasonCode":0,"ReasonMessage":"Successful","Payments":[]}' },
        ]
      : [],
};

const wrong = (status: number, code?: string): Said => ({
  status,
  body: JSON.stringify({ error: { type: 'invalid_request_error', code, message: 'Not possible.' } }),
});
const none = (url: string): Said => ({
  status: 200,
  body: JSON.stringify({ object: 'list', data: [], has_more: false, url }),
});
interface Row {
  readonly metadata?: { readonly attempt?: string };
}
const tenMinutes = { afterMs: 10 * minuteMs } as const;
const plain = { number: '4242424242424242', cvv: '739' };

const stripe: Peer = {
  credentials: ({ accounts }) => ({ environment: 'simulator', secretKey: accounts.stripe.secretKey }),
  spoiled: { secretKey: 'sk_test_another' },
  card: { ...plain, holder: 'MARIA DE SOUZA', expires: '12/2044', brand: 'visa' },
  foreign: {},
  secrets: ({ accounts }) => [accounts.stripe.secretKey, plain.number, `[cvc]=${plain.cvv}`],
  proofs: {
    'cards.authorize': { by: 'key', ...tenMinutes },
    'cards.capture': { by: 'state', ...tenMinutes },
    'cards.void': { by: 'state', ...tenMinutes },
    'cards.refund': { by: 'key', ...tenMinutes },
  },
  keyless: [],
  words: ['status'],
  amounts: (operation) =>
    operation === 'cards.authorize'
      ? /^amount_(capturable|received)$/
      : operation === 'cards.capture'
        ? /^amount_received$/
        : /^amount$/,
  ours: (said, key) => {
    const json = JSON.parse(said.body) as { readonly object?: string; readonly data?: readonly Row[] };
    if (json.object !== 'list') return said;
    return {
      ...said,
      body: JSON.stringify({ ...json, data: json.data?.filter((it) => it.metadata?.attempt === key) }),
    };
  },
  names: () => ['metadata', 'attempt'],
  tokens: 0,
  refusal: wrong,
  unsent: () => [wrong(429, 'rate_limit'), wrong(401), wrong(403)],
  absences: (operation) =>
    operation === 'cards.authorize'
      ? [none('/v1/payment_intents')]
      : operation === 'cards.refund'
        ? [none('/v1/refunds')]
        : [],
};

export const peers: Readonly<Record<ProviderId, Peer>> = { gerencianet, cielo, stripe, pinbank };
