import { readCode } from '@libs/brazil/barcode.js';
import { now } from '@libs/kernel/clock.js';
import { type Cents, cents } from '@libs/money/cents.js';
import type { Acts, Whole } from '@libs/providers/contract/acts.js';
import type { Act, Call } from '@libs/providers/contract/call.js';
import type { BankslipData, BankslipInput } from '@libs/providers/contract/inputs.js';
import type { Finding, Outcome } from '@libs/providers/contract/outcome.js';
import type { Capability, Sought } from '@libs/providers/contract/provider.js';
import { type Json, object, text } from '@libs/providers/answer.js';
import { ask } from './pinbank.client.js';
import type { PinbankCredentials } from './pinbank.credentials.js';
import { currency, doubt, garbled, refused, type Unknown } from './pinbank.news.js';
import { slipProof } from './pinbank.proof.js';
import { momentText, moneyNumber, moneyOf, open, timeOf } from './pinbank.wire.js';

type Credentials = PinbankCredentials;
type Asked = Call<Sought<keyof Acts['bankslip']>, Credentials>;
type State = 'open' | 'paid' | 'ended';
const states: Readonly<Record<string, State>> = {
  pendente: 'open',
  registrado: 'open',
  liquidado: 'paid',
  baixa: 'ended',
};

/** What a slip of ours prints; its bar code says its amount, whatever unit was asked in. */
interface Printed {
  readonly number: string;
  readonly line: string;
  readonly barcode: string;
  readonly amount: Cents;
}
interface Slip extends Printed {
  readonly state?: State; // undefined: a word that we do not know
  readonly paid?: Cents;
  readonly at: Date;
}

function printedOf(data: unknown): Printed | undefined {
  const it = object(data);
  const [number, line] = [text(it?.['NossoNumero']), text(it?.['LinhaDigitavel'])];
  const code = line === undefined ? undefined : readCode(line);
  const same = code?.kind === 'bank' && (text(it?.['CodigoBarras']) ?? code.barcode) === code.barcode;
  if (number === undefined || !same) return undefined;
  return { number, line: code.line, barcode: code.barcode, amount: cents(code.amountCents) };
}
function slipOf(data: unknown): Slip | undefined {
  const it = object(data);
  const [printed, word] = [printedOf(data), text(it?.['Status'])];
  if (!it || !printed || word === undefined) return undefined;
  const paid = moneyOf(it['ValorPago'], open.slipAmount);
  return { ...printed, state: states[word.toLowerCase()], paid, at: timeOf(it['DataPagamento']) ?? now() };
}
const dataOf = ({ barcode, line, number }: Printed): BankslipData => ({ barcode, line, number });
const pending = (slip: Printed): Extract<Outcome<BankslipData>, { kind: 'pending' }> => ({
  kind: 'pending',
  ref: slip.number,
  data: dataOf(slip),
});

/** The body of a slip; its payer has an address, which `unfit` has seen to. */
export function slipBody(key: string, input: BankslipInput): Json {
  const { payer, dueOn, instructions, fine, interest } = input;
  const address = payer.address ?? {};
  const street = [address.street, address.number, address.complement].filter((it) => it !== undefined && it !== '');
  const note = instructions?.trim().slice(0, 500);
  return {
    Valor: moneyNumber(input.amount, open.slipAmount),
    DataVencimento: open.dueDate === 'YYYYMMDD' ? dueOn.replaceAll('-', '') : dueOn,
    ...(payer.email === undefined ? {} : { Email: payer.email }),
    IdentificadorCliente: key,
    RetornarBase64: false,
    ...(note ? { Instrucoes: note } : {}),
    DadosSacado: {
      Nome: payer.name.trim().slice(0, 100),
      CpfCnpj: payer.taxId,
      Endereco: street.join(', ').slice(0, 100),
      Bairro: (address.neighborhood ?? '').slice(0, 60),
      Cidade: (address.city ?? '').slice(0, 60),
      Uf: (address.state ?? '').toUpperCase(),
      Cep: (address.zipCode ?? '').replaceAll(/\D/g, ''),
    },
    ...(interest ? { Juros: { Valor: interest.monthlyBps } } : {}),
    ...(fine && 'rateBps' in fine ? { Multa: { Valor: fine.rateBps } } : {}),
  };
}

const create: Act<BankslipInput, BankslipData, Credentials> = async ({ key, credentials, input, leftMs }) => {
  const answer = await ask(credentials, { method: 'slip', data: slipBody(key, input) }, leftMs);
  if (answer.kind === 'no') return refused(answer, 'instrument');
  if (answer.kind !== 'yes') return answer;
  const slip = printedOf(answer.data);
  if (!slip) return garbled('no slip in the answer');
  return slip.amount === input.amount ? pending(slip) : garbled('a slip of another amount', slip.number);
};

type Reading = Pick<Asked, 'credentials' | 'leftMs'>;
async function look({ credentials, leftMs }: Reading, number: string, aside = false): Promise<Slip | Unknown> {
  const answer = await ask(credentials, { method: 'slipFind', data: { NossoNumero: number }, aside }, leftMs);
  if (answer.kind !== 'yes') return doubt(answer, number);
  const slip = slipOf(answer.data);
  return slip?.number === number ? slip : garbled('another slip', number);
}

const ended = (slip: Slip): Extract<Outcome<BankslipData>, { kind: 'done' }> => ({
  kind: 'done',
  ref: slip.number,
  at: now(),
  amount: cents(0),
  currency,
  data: dataOf(slip),
});

/** A write-off is asked for, and done by and by. Refused, it may have been done before. */
const cancel: Act<Whole, BankslipData, Credentials> = async (call) => {
  const { ref } = call.input;
  const answer = await ask(call.credentials, { method: 'slipEnd', data: { NossoNumero: ref } }, call.leftMs);
  if (answer.kind === 'yes') return { kind: 'pending', ref, data: { barcode: '', line: '', number: ref } };
  if (answer.kind !== 'no') return answer;
  const slip = await look(call, ref, true);
  const found = 'kind' in slip ? slip : foundCancel(slip);
  return found.kind === 'done' || found.kind === 'declined' ? found : refused(answer, 'instrument', ref);
};

/** Written off, a slip may have been paid all the same: by Pix. So that is the end of the slip, and of nothing else. */
function foundSlip(slip: Slip, amount: Cents): Finding<BankslipData> {
  const { number: ref, paid, at } = slip;
  if (slip.amount !== amount) return garbled('a slip of another amount', ref);
  switch (slip.state) {
    case 'open':
    case 'ended':
      return pending(slip);
    case 'paid':
      if (paid === undefined || paid === 0n) return garbled('paid, and no word of how much', ref);
      return { kind: 'done', ref, at, amount: paid, currency, data: dataOf(slip) };
    case undefined:
      return garbled('a status that nobody knows', ref);
  }
}

function foundCancel(slip: Slip): Finding<BankslipData> {
  switch (slip.state) {
    case 'open':
      return { kind: 'absent' };
    case 'ended':
      return ended(slip);
    case 'paid':
      return { kind: 'declined', code: 'not_allowed', message: 'O boleto já foi pago.', ref: slip.number };
    case undefined:
      return garbled('a status that nobody knows', slip.number);
  }
}

const dayMs = 86_400_000;
/** More slips than these under one of our names is nothing that we could have caused. */
const mostSlips = 10;

/** The numbers of all slips that bear our name; undefined when a row hides its own. */
function numbersOf(data: unknown, key: string): readonly string[] | undefined {
  if (!Array.isArray(data)) return undefined;
  const rows = (data as unknown[]).map((row) => object(row));
  const ours = rows.filter((row) => row?.['IdentificadorCliente'] === key).map((row) => text(row?.['NossoNumero']));
  const readable = rows.every((row) => row !== undefined) && ours.every((it) => it !== undefined);
  return readable ? [...new Set(ours.filter((it) => it !== undefined))] : undefined;
}

async function byName(call: Asked): Promise<Finding<BankslipData>> {
  const { key, credentials, leftMs, input } = call;
  const [from, to] = [-dayMs, dayMs].map((ms) => momentText(new Date(input.sentAt.getTime() + ms)));
  const data = { DataInicial: from, DataFinal: to, TipoPesquisa: 'DataEmissao', StatusPesquisa: 'Todos' };
  const answer = await ask(credentials, { method: 'slipList', data }, leftMs);
  if (answer.kind !== 'yes') return doubt(answer);
  const numbers = numbersOf(answer.data, key);
  if (!numbers || numbers.length > mostSlips) return garbled('a list that cannot be read');
  const slips: Slip[] = [];
  for (const number of numbers) {
    const slip = await look(call, number);
    if ('kind' in slip) return slip;
    slips.push(slip);
  }
  const [ours] = slips.toSorted((a, b) => rank(a) - rank(b));
  if (ours === undefined) return { kind: 'absent' };
  const found = foundSlip(ours, input.amount);
  const twins = numbers.filter((it) => it !== ours.number);
  return twins.length > 0 && (found.kind === 'done' || found.kind === 'pending') ? { ...found, twins } : found;
}
/** The one that was paid is ours; else the first that can be. */
const rank = ({ state }: Slip): number => (state === 'paid' ? 0 : state === 'ended' ? 2 : 1);

async function find(call: Asked): Promise<Finding<BankslipData>> {
  const { act, ref, parent, amount } = call.input;
  if (act === 'create' && ref === undefined) return byName(call);
  const number = act === 'create' ? ref : parent?.ref;
  if (number === undefined) return { kind: 'unknown', why: 'fault', message: 'nothing to ask by' };
  const slip = await look(call, number);
  if ('kind' in slip) return slip;
  return act === 'create' ? foundSlip(slip, amount) : foundCancel(slip);
}

export const bankslip: Capability<'bankslip', Credentials> = {
  create,
  cancel,
  find,
  get proof() {
    return slipProof();
  },
};
