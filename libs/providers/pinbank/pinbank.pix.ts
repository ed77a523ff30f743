import { scan } from '@libs/brazil/brcode.js';
import { now } from '@libs/kernel/clock.js';
import { type Cents, cents } from '@libs/money/cents.js';
import type { Acts, Whole } from '@libs/providers/contract/acts.js';
import type { Act, Call } from '@libs/providers/contract/call.js';
import type { PixData, PixInput } from '@libs/providers/contract/inputs.js';
import type { Finding, Outcome } from '@libs/providers/contract/outcome.js';
import type { Capability, Sought } from '@libs/providers/contract/provider.js';
import { type Json, object, text } from '@libs/providers/answer.js';
import { ask } from './pinbank.client.js';
import type { PinbankCredentials } from './pinbank.credentials.js';
import { currency, doubt, garbled, refused } from './pinbank.news.js';
import { pixProof } from './pinbank.proof.js';
import { digitsOf, moneyNumber, open } from './pinbank.wire.js';

type Credentials = PinbankCredentials;

/** A code as Pinbank shows it. Its status is in words that nobody has published: they are not read. */
interface Code {
  readonly id: string;
  readonly qrCode: string;
  readonly txid: string;
}
function codeOf(data: unknown): Code | undefined {
  const it = object(data);
  const [id, qrCode] = [digitsOf(it?.['PinbankQrCodeId']), text(it?.['TextoQrCode'])];
  if (id === undefined || qrCode === undefined) return undefined;
  return { id, qrCode, txid: text(it?.['TxId']) ?? id };
}
/** Whether the code asks the payer for this amount: no source is certain of the unit, and the code is. */
function asksFor(qrCode: string, amount: Cents): boolean {
  const code = scan(qrCode);
  if (code === undefined) return false;
  return code.amountCents === undefined ? open.codeAmount === 'may' : code.amountCents === BigInt(amount);
}

export function codeBody(key: string, input: PixInput): Json {
  return {
    ValorQrCode: moneyNumber(input.amount, open.pixAmount === 'reais' ? 'reais' : 'cents'),
    NsuOrigem: Number.parseInt(key, 10),
    SegundosExpiracao: input.expireSeconds,
    PermitirPagamentoAposExpiracao: false,
    PermitirAlterarValorPagamento: false,
  };
}

const pending = ({ id, qrCode, txid }: Code): Extract<Outcome<PixData>, { kind: 'pending' }> => ({
  kind: 'pending',
  ref: id,
  data: { txid, qrCode },
});

/** Nobody has seen a code whose answer is lost: it is given up, and money for it is an orphan. */
const create: Act<PixInput, PixData, Credentials> = async ({ key, credentials, input, leftMs }) => {
  const answer = await ask(credentials, { method: 'code', data: codeBody(key, input) }, leftMs);
  if (answer.kind === 'no') return refused(answer, 'instrument');
  if (answer.kind !== 'yes') return answer;
  const code = codeOf(answer.data);
  if (!code) return garbled('no code in the answer');
  return asksFor(code.qrCode, input.amount) ? pending(code) : garbled('a code of another amount', code.id);
};

/** A cancel moves nothing. That it was accepted is all that can be known of it. */
const cancelled = (ref: string): Extract<Outcome<PixData>, { kind: 'done' }> => ({
  kind: 'done',
  ref,
  at: now(),
  amount: cents(0),
  currency,
  data: { txid: '', qrCode: '' },
});

const cancel: Act<Whole, PixData, Credentials> = async ({ credentials, input: { ref }, leftMs }) => {
  const data = { PinbankQrCodeId: Number.parseInt(ref, 10), Status: 'DESFAZIMENTO' };
  const answer = await ask(credentials, { method: 'codeEnd', data }, leftMs);
  if (answer.kind === 'no') return refused(answer, 'instrument', ref);
  return answer.kind === 'yes' ? cancelled(ref) : answer;
};

/** No source says where the end-to-end id of what came in can be read, and without it nothing can be given back. */
const refund: Act<Acts['pix']['refund'], PixData, Credentials> = async () => ({
  kind: 'declined',
  code: 'not_allowed',
  message: 'Devolução Pix ainda não homologada na Pinbank.',
});

/** A code can be looked at, not looked for. Whether it was paid is told by events and by the statement alone. */
async function find(call: Call<Sought<keyof Acts['pix']>, Credentials>): Promise<Finding<PixData>> {
  const { credentials, leftMs, input } = call;
  const { act, ref, parent, amount } = input;
  const id = act === 'create' ? ref : parent?.ref;
  if (act === 'refund') return { kind: 'unknown', why: 'fault', message: 'nothing to ask by' };
  if (id === undefined) return { kind: 'absent' };
  const data = { PinbankQrCodeId: Number.parseInt(id, 10) };
  const answer = await ask(credentials, { method: 'codeFind', data }, leftMs);
  if (answer.kind !== 'yes') return doubt(answer, id);
  const code = codeOf(answer.data);
  if (code?.id !== id) return garbled('another code', id);
  if (act === 'cancel') return ref === undefined ? { kind: 'absent' } : cancelled(ref);
  return asksFor(code.qrCode, amount) ? pending(code) : garbled('a code of another amount', id);
}

export const pix: Capability<'pix', Credentials> = {
  create,
  cancel,
  refund,
  find,
  lacks: ['refund'],
  get proof() {
    return pixProof();
  },
};
