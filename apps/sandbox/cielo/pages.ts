import type { Asked } from '@apps/sandbox/front.js';
import type { Answer } from '@apps/sandbox/transport.js';
import { unauthenticated } from './codes.js';
import { disputeLater } from './disputes.js';
import { type Room, lost } from './room.js';
import { type Sale, awaited, saleTable } from './rows.js';
import { decided } from './sales.js';
import { commit, news } from './tell.js';

export type Result = 'succeed' | 'decline';

/** The payer has been at his bank, which knows him or does not; only then the issuer is asked for the money. */
export function authenticate(room: Room, sale: Sale, result: Result): Sale {
  const act = 'cards.authorize';
  const { status, code: returnCode, message: returnMessage } = unauthenticated;
  const known = result === 'succeed';
  const made = known ? decided(room, sale) : { sale: { ...sale, status, returnCode, returnMessage }, puts: [] };
  const next = commit(room, made.sale, made.puts, news(room, act, made.sale, 'status'));
  disputeLater(room, next);
  return next;
}

const page = [
  '<!doctype html><html lang="pt-BR"><meta charset="utf-8"><title>Banco emissor (simulador)</title>',
  '<h1>Autenticação do portador</h1><form method="post">',
  '<button name="result" value="succeed">Autenticar</button> ',
  '<button name="result" value="decline">Recusar</button></form></html>',
].join('');

/** `GET` and `POST /mpi/{token}`: the page of the payer's bank; then he is sent where the store wanted him. */
export function visit(room: Room, asked: Asked): Answer {
  const token = asked.path['token'];
  const sale = [...room.world.of(saleTable).values()].find((it) => it.page?.token === token);
  if (!sale?.page) throw lost(room);
  if (awaited(sale)) {
    if (asked.method === 'GET')
      return { status: 200, text: page, headers: { 'content-type': 'text/html; charset=utf-8' } };
    const chosen = new URLSearchParams(asked.body.text).get('result');
    authenticate(room, sale, chosen === 'succeed' ? 'succeed' : 'decline');
  }
  return { status: 303, headers: { location: sale.page.returnUrl } };
}
