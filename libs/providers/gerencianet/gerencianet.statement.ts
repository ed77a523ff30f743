import type { Answer, Call } from '@libs/providers/contract/call.js';
import type { Line, Period, StatementPage, Statements } from '@libs/providers/contract/statements.js';
import { object, text } from '@libs/providers/answer.js';
import { unread } from './gerencianet.callback.js';
import { ask } from './gerencianet.client.js';
import type { GerencianetCredentials } from './gerencianet.credentials.js';
import { receivedOf, takenOf } from './gerencianet.news.js';
import * as wire from './gerencianet.wire.js';

/** The received Pix of the key, with what went back of each. It tells neither tariffs nor transfers to our bank. */
export const statements: Statements<GerencianetCredentials> = { read };

const perPage = 500; // half a kilobyte each, and an answer may have one megabyte

async function read(call: Omit<Call<Period, GerencianetCredentials>, 'key'>): Promise<Answer<StatementPage>> {
  const { credentials, input, leftMs } = call;
  const page = Number.parseInt(input.cursor ?? '0', 10);
  const query = new URLSearchParams({
    inicio: input.since.toISOString(),
    fim: new Date(input.until.getTime() - 1).toISOString(),
    'paginacao.paginaAtual': String(page),
    'paginacao.itensPorPagina': String(perPage),
  });
  const answer = await ask(credentials, { method: 'GET', path: `/v2/pix?${query.toString()}`, aside: true }, leftMs);
  const json = answer.kind === 'answered' && answer.status === 200 ? object(answer.json) : undefined;
  const pages = object(object(json?.['parametros'])?.['paginacao'])?.['quantidadeDePaginas'];
  const lines = json && linesOf(json['pix'], credentials.pixKey);
  if (lines === undefined || typeof pages !== 'number') return unread(answer, credentials);
  return { kind: 'read', data: { lines, ...(page + 1 < pages ? { next: String(page + 1) } : {}) } };
}

/** Undefined when one of them cannot be read. Another key of the same account is another credential's. */
function linesOf(json: unknown, pixKey: string): readonly Line[] | undefined {
  const lines: Line[] = [];
  for (const element of wire.list(json) ?? [undefined]) {
    const payment = wire.paymentOf(element);
    if (payment === undefined) return undefined;
    if ((text(object(element)?.['chave']) ?? pixKey) === pixKey) lines.push(...paymentLines(payment));
  }
  return lines;
}

function paymentLines(payment: wire.Payment): readonly Line[] {
  const taken = takenOf(payment).map((it) => ({ ...it, line: `${payment.receipt}/${it.id}`, text: 'Devolução MED' }));
  const given = payment.refunds
    .filter(({ forced, state }) => !forced && state === 'done')
    .map(({ id, receipt, amount, at }): Line => {
      const about = { key: id, ref: id, ...(receipt === undefined ? {} : { receipt }) };
      const line = `${payment.receipt}/${id}`;
      return { kind: 'sent', line, id: receipt ?? id, about, amount, currency: 'BRL', at, text: 'Devolução' };
    });
  return [{ ...receivedOf(payment), line: payment.receipt, text: 'Pix recebido' }, ...taken, ...given];
}
