import { randomBytes } from 'node:crypto';
import { now } from '@libs/kernel/clock.js';
import type { Asked } from '@apps/sandbox/front.js';
import { type Flaw, type Rule, flaws, integer, list, object, oneOf, optional, text } from '@apps/sandbox/schema.js';
import type { Answer } from '@apps/sandbox/transport.js';
import { type Room, json, malformed, named } from './room.js';
import { cents, chargeInList, chargeShape, tidings } from './shapes.js';
import { page, period, revision } from './queries.js';
import { type Charge, type Terms, chargeTable } from './rows.js';
import { unpaid } from './payments.js';

const removed = 'REMOVIDA_PELO_USUARIO_RECEBEDOR';
const txidShape = /^[a-zA-Z0-9]{26,35}$/;

/** A payer is a person or a company, never both, never neither, and has a name. */
const debtor: Rule = (value, path) => {
  const person = object({ cpf: text(11, /^\d{11}$/), nome: text(200, /\S/) });
  const company = object({ cnpj: text(14, /^[0-9A-Z]{14}$/), nome: text(200, /\S/) });
  const isCompany = typeof value === 'object' && value !== null && 'cnpj' in value;
  return (isCompany ? company : person)(value, path);
};
const calendar = object({ expiracao: integer(1, 2_147_483_647) });
const shared: Readonly<Record<string, Rule>> = {
  devedor: optional(debtor),
  solicitacaoPagador: optional(text(140)),
  infoAdicionais: optional(list(50, object({ nome: text(50), valor: text(200) }))),
  loc: optional(object({ id: integer(1, Number.MAX_SAFE_INTEGER) })),
};
const creation = (calendarRequired: boolean): Readonly<Record<string, Rule>> => ({
  calendario: calendarRequired ? calendar : optional(calendar),
  valor: object({ original: text(100) }),
  chave: text(77),
  ...shared,
});
const change: Readonly<Record<string, Rule>> = {
  calendario: optional(calendar),
  valor: optional(object({ original: text(100) })),
  chave: optional(text(77)),
  ...shared,
};
const removal: Readonly<Record<string, Rule>> = { status: oneOf([removed]) };

interface Body {
  readonly calendario?: { readonly expiracao: number };
  readonly valor?: { readonly original: string };
  readonly chave?: string;
  readonly devedor?: Readonly<Record<string, string>>;
  readonly solicitacaoPagador?: string;
  readonly infoAdicionais?: readonly Readonly<Record<string, string>>[];
  readonly loc?: { readonly id: number };
}

const strict = (erros: readonly Flaw[]): void => {
  if (erros.length > 0) throw malformed(erros);
};

/** What every charge and every change of one must satisfy beyond its shape. */
function acceptable(room: Room, body: Body): void {
  if (body.chave !== undefined && body.chave !== room.account.pixKey)
    throw named(400, 'chave_invalida', 'A chave informada não pertence à conta');
  if (body.valor) cents(body.valor.original);
  const document = body.devedor?.['cpf'] ?? body.devedor?.['cnpj'];
  if (document !== undefined && room.wire.blockedDocuments.includes(document))
    throw named(400, 'documento_bloqueado', 'O documento informado está bloqueado');
  if (body.loc) throw named(400, 'location_nao_encontrada', 'Nenhuma location foi encontrada com o id informado');
}

const terms = (body: Body, old?: Terms): Terms => ({
  amount: body.valor ? cents(body.valor.original) : (old?.amount ?? 0n),
  expireSeconds: body.calendario?.expiracao ?? old?.expireSeconds ?? 86_400,
  debtor: body.devedor ?? old?.debtor,
  note: body.solicitacaoPagador ?? old?.note,
  infos: body.infoAdicionais ?? old?.infos,
});

function drawn(room: Room, txid: string, asked: Terms): Charge {
  const id = room.world.of(chargeTable).size + 1;
  const url = `qrcodespix.sejaefi.com.br/v2/${randomBytes(16).toString('hex')}`;
  return {
    txid,
    status: 'ATIVA',
    terms: [asked],
    key: room.account.pixKey,
    at: now().toISOString(),
    place: { id, url },
    payments: [],
  };
}

function found(room: Room, txid: string): Charge {
  const charge = room.world.of(chargeTable).get(txid);
  if (charge) return charge;
  throw named(room.wire.missingStatus, 'cobranca_nao_encontrada', 'Nenhuma cobrança encontrada para o txid informado');
}

/** `PUT /v2/cob/{txid}`: makes and never changes; a txid that is taken is refused, whatever the body. */
export function createCharge(room: Room, asked: Asked): Answer {
  const txid = asked.path['txid'] ?? '';
  const body = json(asked) as Body;
  strict(text(35, txidShape)(txid, '.txid'));
  strict(flaws(body, creation(room.wire.calendarRequired)));
  acceptable(room, body);
  const charges = room.world.of(chargeTable);
  if (!charges.has(txid) && room.faults.take('pix.create', ['duplicate_key_first_send'], txid)) {
    // Somebody else's, under the txid of ours: it is no effect of this call, and it is of another amount.
    const foreign = drawn(room, txid, { ...terms({ valor: body.valor }), amount: terms(body).amount + 100n });
    room.world.commit(chargeTable.put(txid, foreign));
  }
  if (charges.has(txid)) throw named(409, 'txid_duplicado', 'O campo txid informado já foi utilizado');
  const charge = drawn(room, txid, terms(body));
  const claim = room.callbacks.claim('pix.create', charge.key, tidings(room, unpaid(charge), []));
  const made = room.effect('pix.create', txid, txid, charge.terms[0].amount);
  room.world.commit(chargeTable.put(txid, charge), made, ...claim.puts);
  claim.send();
  return { status: 201, body: chargeShape(room, charge) };
}

/** `PATCH /v2/cob/{txid}`: other terms, or its end; only while nobody paid or removed it. */
export function changeCharge(room: Room, asked: Asked): Answer {
  const charge = found(room, asked.path['txid'] ?? '');
  const body = json(asked) as Body;
  const ends = typeof body === 'object' && body !== null && 'status' in body;
  strict(flaws(body, ends ? removal : change));
  acceptable(room, body);
  if (charge.status !== 'ATIVA')
    throw named(400, 'status_cobranca_invalido', `A cobrança está no status ${charge.status} e não pode ser alterada`);
  const [old] = charge.terms;
  const changed: Charge = {
    ...charge,
    status: ends ? removed : charge.status,
    terms: [ends ? old : terms(body, old), ...charge.terms],
  };
  const put = chargeTable.put(charge.txid, changed);
  if (ends) room.world.commit(put, room.effect('pix.cancel', charge.txid, charge.txid, old.amount));
  else room.world.commit(put);
  return { status: 200, body: chargeShape(room, changed) };
}

/** `GET /v2/cob/{txid}[?revisao=]`. */
export function findCharge(room: Room, asked: Asked): Answer {
  const charge = found(room, asked.path['txid'] ?? '');
  return { status: 200, body: chargeShape(room, charge, revision(asked.query, charge.terms.length - 1)) };
}

/** `GET /v2/cob?inicio=&fim=`: the charges made in a period, oldest first, by pages. */
export function listCharges(room: Room, asked: Asked): Answer {
  const { query } = asked;
  const wanted = period(query);
  const document = query.get('cpf') ?? query.get('cnpj');
  const status = query.get('status');
  const all = [...room.world.of(chargeTable).values()].filter((charge) => {
    const payer = charge.terms[0].debtor;
    if (!wanted.holds(charge.at) || (status ?? charge.status) !== charge.status) return false;
    return document === null || payer?.['cpf'] === document || payer?.['cnpj'] === document;
  });
  const { rows, paginacao } = page(query, all);
  return {
    status: 200,
    body: { parametros: { ...wanted.shown, paginacao }, cobs: rows.map((charge) => chargeInList(room, charge)) },
  };
}
