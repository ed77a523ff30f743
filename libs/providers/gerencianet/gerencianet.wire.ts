import { now } from '@libs/kernel/clock.js';
import { redact } from '@libs/kernel/log.js';
import { type Cents, cents } from '@libs/money/cents.js';
import type { PixInput } from '@libs/providers/contract/inputs.js';
import type { DeclineCode, Outcome } from '@libs/providers/contract/outcome.js';
import type { Answered } from '@libs/providers/http.js';
import { type Json, object, text } from '@libs/providers/answer.js';

/** Efí's Pix API: its words, and what each of them means here. Nothing here touches the wire. */

/** Each of its APIs has a host of its own, and gives tokens of its own; that of charges asks for no certificate. */
export const apis = {
  pix: {
    production: 'https://pix.api.efipay.com.br',
    homologation: 'https://pix-h.api.efipay.com.br',
    simulator: 'gerencianet',
    token: '/oauth/token',
    mutual: true,
  },
  charges: {
    production: 'https://cobrancas.api.efipay.com.br',
    homologation: 'https://cobrancas-h.api.efipay.com.br',
    simulator: 'gerencianet-cobrancas',
    token: '/v1/authorize',
    mutual: false,
  },
} as const;
export type Api = keyof typeof apis;

/** What the sources leave open. A recorded answer that settles one of these changes one line. */
export const open = {
  /** Bad credentials are said to be `invalid_client`; with which status nobody has written down. */
  tokenRefused: [400, 401, 403],
  /** Efí answers 400 for what it does not know, the Central Bank's contract says 404. */
  notFound: [400, 404],
  /** Efí's page says 201, the Central Bank's contract 200. */
  webhookSet: [200, 201],
} as const;
export const among = (statuses: readonly number[], status: number): boolean => statuses.includes(status);

export const removed = 'REMOVIDA_PELO_USUARIO_RECEBEDOR';
const charges: Readonly<Record<string, 'open' | 'paid' | 'removed'>> = {
  ATIVA: 'open',
  CONCLUIDA: 'paid',
  [removed]: 'removed',
  REMOVIDA_PELO_PSP: 'removed',
};
const refunds: Readonly<Record<string, 'pending' | 'done' | 'refused'>> = {
  EM_PROCESSAMENTO: 'pending',
  DEVOLVIDO: 'done',
  NAO_REALIZADO: 'refused',
};

/** Refusals after which nothing has happened, for certain. Any other 4xx is `unknown`. */
const declines: Readonly<Record<string, DeclineCode>> = {
  documento_bloqueado: 'payer_invalid',
  chave_invalida: 'not_allowed',
  valor_invalido: 'amount_invalid',
  json_invalido: 'request_invalid',
  RequisicaoInvalida: 'request_invalid',
  pix_nao_encontrado: 'not_allowed',
  PixNaoEncontrado: 'not_allowed',
};
const noMoney = /saldo insuficiente/i;
const absences = {
  charge: ['cobranca_nao_encontrada', 'CobNaoEncontrado', 'NaoEncontrado'],
  refund: ['devolucao_nao_encontrada', 'PixDevolucaoNaoEncontrada', 'NaoEncontrado'],
  payment: ['pix_nao_encontrado', 'PixNaoEncontrado', 'NaoEncontrado'],
} as const;

/** "12.34". */
export const moneyText = (amount: Cents): string => `${amount / 100n}.${String(amount % 100n).padStart(2, '0')}`;
export const mostMoney = cents(999_999_999_999n); // ten digits and two

const money = /^\d{1,10}\.\d{2}$/;
export const moneyOf = (value: unknown): Cents | undefined =>
  typeof value === 'string' && money.test(value) ? cents(BigInt(value.replace('.', ''))) : undefined;

export const list = (value: unknown): readonly unknown[] | undefined =>
  value === undefined || value === null ? [] : Array.isArray(value) ? (value as unknown[]) : undefined;
const time = (value: unknown): Date | undefined =>
  typeof value === 'string' && !Number.isNaN(Date.parse(value)) ? new Date(value) : undefined;

export interface Refund {
  readonly id: string;
  readonly receipt?: string; // rtrId
  readonly amount: Cents;
  readonly state?: 'pending' | 'done' | 'refused'; // undefined: a word we do not know
  readonly forced: boolean; // taken by the bank's dispute procedure (MED), not asked for by us
  readonly reason: string;
  readonly at: Date;
}
export interface Payment {
  readonly receipt: string; // endToEndId
  readonly txid?: string;
  readonly amount: Cents;
  readonly at: Date;
  readonly refunds: readonly Refund[];
}
export interface Charge {
  readonly txid: string;
  readonly state?: 'open' | 'paid' | 'removed';
  readonly amount: Cents;
  readonly pixKey?: string;
  readonly expireSeconds?: unknown;
  readonly qrCode?: string;
  readonly payments: readonly Payment[];
}

/** Reads a `devolucao`; undefined when what matters is missing. Members and words that are new are left alone. */
export function refundOf(json: unknown): Refund | undefined {
  const it = object(json);
  const [id, amount, status, when] = [text(it?.['id']), moneyOf(it?.['valor']), text(it?.['status']), it?.['horario']];
  if (it === undefined || id === undefined || amount === undefined || status === undefined) return undefined;
  return {
    id,
    receipt: text(it['rtrId']),
    amount,
    state: refunds[status],
    forced: text(it['natureza'])?.startsWith('MED_') ?? false,
    reason: text(it['motivo']) ?? 'Devolução não realizada.',
    at: time(object(when)?.['liquidacao']) ?? time(object(when)?.['solicitacao']) ?? now(),
  };
}

/** Reads a received Pix. */
export function paymentOf(json: unknown): Payment | undefined {
  const it = object(json);
  const [receipt, amount, given] = [
    text(it?.['endToEndId']),
    moneyOf(it?.['valor']),
    all(it?.['devolucoes'], refundOf),
  ];
  if (it === undefined || receipt === undefined || amount === undefined || given === undefined) return undefined;
  return { receipt, txid: text(it['txid']), amount, at: time(it['horario']) ?? now(), refunds: given };
}

/** Reads a `cob`. */
export function chargeOf(json: unknown): Charge | undefined {
  const it = object(json);
  const [txid, status, payments] = [text(it?.['txid']), text(it?.['status']), all(it?.['pix'], paymentOf)];
  const amount = moneyOf(object(it?.['valor'])?.['original']);
  if (!it || txid === undefined || status === undefined || amount === undefined || !payments) return undefined;
  return {
    txid,
    state: charges[status],
    amount,
    pixKey: text(it['chave']),
    expireSeconds: object(it['calendario'])?.['expiracao'],
    qrCode: text(it['pixCopiaECola']),
    payments,
  };
}

/** One element that cannot be read makes the whole list unreadable: it may be the money. */
function all<T>(value: unknown, read: (it: unknown) => T | undefined): readonly T[] | undefined {
  const found: T[] = [];
  for (const it of list(value) ?? [undefined]) {
    const one = read(it);
    if (one === undefined) return undefined;
    found.push(one);
  }
  return found;
}

/** The body of `PUT /v2/cob/{txid}`; Efí refuses members that it does not know. */
export function chargeBody(input: PixInput, pixKey: string): Json {
  const { payer, instructions } = input;
  const document = taxIdOf(payer?.taxId);
  const name = payer?.name?.trim().slice(0, 200);
  const request = instructions?.trim().slice(0, 140);
  return {
    calendario: { expiracao: input.expireSeconds },
    ...(document !== undefined && name ? { devedor: { ...document, nome: name } } : {}),
    valor: { original: moneyText(input.amount) },
    chave: pixKey,
    ...(request ? { solicitacaoPagador: request } : {}),
  };
}

export function taxIdOf(taxId: string | undefined): Json | undefined {
  if (taxId === undefined) return undefined;
  if (/^\d{11}$/.test(taxId)) return { cpf: taxId };
  return /^[0-9A-Z]{14}$/.test(taxId) ? { cnpj: taxId } : undefined;
}

/** Efí's own word for what went wrong: either of its forms, or OAuth's. Undefined: somebody else has answered. */
export function complaintOf(json: unknown): { readonly code: string; readonly message: string } | undefined {
  const it = object(json);
  const problem = text(it?.['type'])?.match(/^https:\/\/pix\.bcb\.gov\.br\/.*\/(\w+)$/)?.[1];
  const oauth = text(it?.['error'])?.match(/^[a-z_]+$/)?.[0];
  const code = text(it?.['nome']) ?? problem ?? oauth;
  if (it === undefined || code === undefined) return undefined;
  const message = text(it['mensagem']) ?? text(it['detail']) ?? text(it['error_description']) ?? text(it['title']);
  return { code, message: shown(message ?? code) };
}
export const shown = (message: string): string => redact(message).slice(0, 255);

/** Whether Efí says that it has never seen it; nobody else's 404 says so. */
export function absent(answer: Answered, what: keyof typeof absences): boolean {
  const code = complaintOf(answer.json)?.code;
  const names: readonly string[] = absences[what];
  return code !== undefined && among(open.notFound, answer.status) && names.includes(code);
}
export const says = (answer: Answered, status: number, code: string): boolean =>
  answer.status === status && complaintOf(answer.json)?.code === code;

type Refusal = Extract<Outcome, { kind: 'declined' | 'unsent' | 'unknown' }>;

/** What an answer that is not the expected one means for an act. */
export function refusal(answer: Answered): Refusal {
  const { status, json } = answer;
  const said = complaintOf(json);
  if (status >= 200 && status < 300) return garbled(`status ${status} and a body that does not fit`);
  const message = said ? `${status} ${said.code}: ${said.message}`.slice(0, 255) : `status ${status}`;
  if (said === undefined || status < 400 || status >= 500) return { kind: 'unknown', why: 'fault', message };
  if (status === 429) return { kind: 'unsent', why: 'limited', message };
  if (status === 401 || status === 403) return { kind: 'unsent', why: 'credentials', message };
  const code = noMoney.test(said.message) ? 'our_balance' : declines[said.code];
  if (code === undefined) return { kind: 'unknown', why: 'fault', message };
  return { kind: 'declined', code, message: said.message, returnCode: said.code.slice(0, 64) };
}
export const garbled = (message: string): Extract<Outcome, { kind: 'unknown' }> => ({
  kind: 'unknown',
  why: 'garbled',
  message,
});
export const refundRefused = (reason: string): DeclineCode => (noMoney.test(reason) ? 'our_balance' : 'not_allowed');
