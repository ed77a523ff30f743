import { randomInt } from 'node:crypto';
import { now } from '@libs/kernel/clock.js';
import { passesLuhn } from '@libs/kernel/luhn.js';
import { localDay } from '@apps/sandbox/days.js';
import type { Asked } from '@apps/sandbox/front.js';
import type { Answer } from '@apps/sandbox/transport.js';
import { mask, safe, sent } from './door.js';
import {
  amount,
  centsOf,
  digits,
  document,
  documentOf,
  flag,
  flaw,
  must,
  oneOf,
  optional,
  text,
  whole,
  written,
} from './fields.js';
import { type Json, type Room, denied, done, invalid } from './room.js';
import { type Sale, saleTable } from './rows.js';
import { disputeSaleLater } from './cancels.js';
import { commit, line, news, saleTold } from './tell.js';

const act = 'cards.authorize';

const brands: readonly (readonly [RegExp, string])[] = [
  [/^4/, 'VISA'],
  [/^(5[1-5]|2[2-7])/, 'MASTERCARD'],
  [/^3[47]/, 'AMEX'],
  [/^(636|50|65)/, 'ELO'],
];
const brandOf = (number: string): string => brands.find(([shape]) => shape.test(number))?.[1] ?? 'OUTRA';

const monthShape = /^\d{4}(0[1-9]|1[0-2])$/;

function checkCard(room: Room, data: Json): void {
  const number = written(data['NumeroCartao']);
  const month = written(data['DataValidade']);
  must(data, {
    NomeImpresso: text(60, /^[A-Za-z .'-]+$/),
    NumeroCartao: digits(/^\d{13,19}$/),
    DataValidade: digits(monthShape),
    CodigoSeguranca: room.wire.securityCode === 'required' ? digits(/^\d{3,4}$/) : optional(digits(/^\d{3,4}$/)),
  });
  const past = month < localDay(now().toISOString()).slice(0, 7).replace('-', '');
  const wrong = [
    ...(passesLuhn(number) ? [] : [flaw('NumeroCartao')]),
    ...(past && room.wire.pastExpiry === 'refused' ? [flaw('DataValidade')] : []),
  ];
  if (wrong.length > 0) throw invalid(wrong);
}

/** Everything that is wrong with the order, beside its card. */
function checkOrder(room: Room, data: Json): void {
  must(data, {
    Valor: amount('cents'),
    FormaPagamento: oneOf('1', '2', '3'),
    QuantidadeParcelas: whole(1, room.wire.mostInstallments),
    DescricaoPedido: optional(text(255)),
    IpAddressComprador: optional(text(45, /^[0-9a-fA-F:.]+$/)),
    CpfComprador: document,
    NomeComprador: text(255),
    TransacaoPreAutorizada: optional(flag),
  });
  const single = String(data['FormaPagamento']) === '1';
  if (single !== (data['QuantidadeParcelas'] === 1)) throw invalid([flaw('QuantidadeParcelas')]);
}

/** A new sale of the body, as the issuer leaves it. */
function decided(room: Room, data: Json): Sale {
  const number = String(data['NumeroCartao']);
  const held = data['TransacaoPreAutorizada'] === true;
  const amount = centsOf(data['Valor'], 'cents') ?? 0n;
  const no = room.wire.denied.includes(number.slice(-4));
  return {
    nsu: `${900_000_000 + randomInt(1e8)}`,
    order: safe(data['DescricaoPedido']),
    state: no ? 'Negada' : held ? 'Pendente' : 'Aprovada',
    amount,
    ...(!held && !no && { captured: amount }),
    installments: Number(data['QuantidadeParcelas']),
    masked: mask(number),
    brand: brandOf(number),
    buyer: documentOf(data['CpfComprador']) ?? '',
    name: safe(data['NomeComprador']),
    authorization: `${randomInt(100_000, 1_000_000)}`,
    at: now().toISOString(),
    returns: [],
  };
}

const settled = (room: Room, sale: Sale): ReturnType<typeof line> =>
  line(room, 'Venda cartao', sale.captured ?? 0n, sale.nsu);

/** `EfetuarTransacao`: a new sale each time, whatever its order. A denial looks like any other refusal. */
export function createSale(room: Room, asked: Asked): Answer {
  const data = sent(room, asked, true);
  checkCard(room, data);
  checkOrder(room, data);
  const order = safe(data['DescricaoPedido']);
  const twins = room.faults.take(act, ['duplicate_key_first_send'], order) ? [decided(room, data)] : [];
  const first = decided(room, data);
  const disputed = first.state === 'Aprovada' && room.faults.take(act, ['chargeback'], order);
  const sale: Sale = disputed ? { ...first, disputeMs: disputed.delayMs ?? room.wire.disputeMs } : first;
  const made = [...twins, sale].filter(({ state }) => state !== 'Negada');
  const puts = [
    ...[...twins, sale].map((it) => saleTable.put(it.nsu, it)),
    ...made.map((it) => room.effect(act, it.order, it.nsu, it.amount)),
    ...made.filter((it) => it.captured !== undefined).map((it) => settled(room, it)),
  ];
  const contrary = sale.state === 'Aprovada' ? 'Negada' : 'Aprovada';
  const told = news(
    room,
    act,
    saleTold(room, sale, sale.state, sale.amount),
    saleTold(room, sale, contrary, sale.amount),
  );
  commit(room, puts, told);
  disputeSaleLater(room, sale);
  if (sale.state === 'Negada') throw denied('Transacao negada.');
  return done({ CodigoAutorizacao: sale.authorization, NsuOperacao: sale.nsu });
}

/** The sale that a call is about; nothing is said of another store's. */
export function found(room: Room, data: Json): Sale {
  must(data, { NsuOperacao: text(20, /^\d+$/), Valor: amount('cents') });
  const sale = room.world.of(saleTable).get(String(data['NsuOperacao']));
  if (!sale) throw denied('Transacao nao encontrada.');
  return sale;
}

/** `CapturarTransacao`: once, the whole or a part. */
export function captureSale(room: Room, asked: Asked): Answer {
  const data = sent(room, asked, true);
  const sale = found(room, data);
  const captured = centsOf(data['Valor'], 'cents') ?? 0n;
  if (sale.state !== 'Pendente' || captured > sale.amount) throw denied('Transacao nao pode ser capturada.');
  const act = 'cards.capture';
  const disputed = room.faults.take(act, ['chargeback'], sale.nsu);
  const next: Sale = {
    ...sale,
    state: 'Aprovada',
    captured,
    ...(disputed && { disputeMs: disputed.delayMs ?? room.wire.disputeMs }),
  };
  const told = news(room, act, saleTold(room, next, 'Aprovada', captured), saleTold(room, next, 'Negada', captured));
  commit(
    room,
    [saleTable.put(sale.nsu, next), room.effect(act, sale.nsu, sale.nsu, captured), settled(room, next)],
    told,
  );
  disputeSaleLater(room, next);
  return done({ CodigoAutorizacaoCaptura: `${randomInt(100_000, 1_000_000)}`, NsuOperacao: sale.nsu });
}
