import { addDays } from '@libs/brazil/days.js';
import { dayAt } from '@libs/kernel/period.js';
import type { Answer, Call } from '@libs/providers/contract/call.js';
import type { Line, Period, StatementPage, Statements } from '@libs/providers/contract/statements.js';
import { object, text, unanswered } from '@libs/providers/answer.js';
import { ask } from './pinbank.client.js';
import type { PinbankCredentials } from './pinbank.credentials.js';
import { currency } from './pinbank.news.js';
import { digitsOf, moneyOf, shown, timeOf } from './pinbank.wire.js';

/** The digital account's. No line says which code, slip or sale it is of: its words are for humans and are not read. */
export const statements: Statements<PinbankCredentials> = { read };

const perPage = 500;

async function read(call: Omit<Call<Period, PinbankCredentials>, 'key'>): Promise<Answer<StatementPage>> {
  const { credentials, input, leftMs } = call;
  const offset = Number.parseInt(input.cursor ?? '0', 10);
  const data = {
    DataInicial: dayAt(input.since),
    DataFinal: addDays(dayAt(input.until), -1),
    QuantidadeLinhasRetorno: perPage,
    OffsetRetorno: offset,
  };
  const answer = await ask(credentials, { method: 'statement', data, aside: true }, leftMs);
  if (answer.kind === 'no') return { kind: 'refused', message: answer.message };
  if (answer.kind !== 'yes') return unanswered(answer, credentials.environment);
  const it = object(answer.data);
  const [rows, more] = [it?.['ListaTransacoes'], it?.['HasMoreElements']];
  const found = Array.isArray(rows) ? (rows as unknown[]).map(lineOf) : [undefined];
  const lines = found.filter((line) => line !== undefined);
  if (lines.length !== found.length || typeof more !== 'boolean' || (more && lines.length === 0)) {
    return { kind: 'unread', message: 'a statement that does not fit' };
  }
  const next = more ? { next: String(offset + lines.length) } : {};
  return { kind: 'read', data: { lines: lines.filter((line) => line.amount > 0n), ...next } };
}

/** What went out is below zero, or marked so: no source is certain of either alone. */
export function lineOf(json: unknown): Line | undefined {
  const it = object(json);
  const [line, at, value] = [digitsOf(it?.['IdLpf']), timeOf(it?.['DataTransacao']), it?.['Valor']];
  const amount = moneyOf(typeof value === 'number' ? Math.abs(value) : value, 'reais');
  if (it === undefined || line === undefined || at === undefined || amount === undefined) return undefined;
  const out = it['TipoTransacao'] === 'D' || (typeof value === 'number' && value < 0);
  const said = shown(text(it['Descricao']) ?? '');
  return { kind: out ? 'sent' : 'received', line, id: line, about: {}, amount, currency, at, text: said };
}
