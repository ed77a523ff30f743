import { now } from '@libs/kernel/clock.js';
import { isDay, localDay } from '@apps/sandbox/days.js';
import type { Asked } from '@apps/sandbox/front.js';
import type { Answer } from '@apps/sandbox/transport.js';
import { printed } from './barcode.js';
import { safe, sent } from './door.js';
import { amount, centsOf, digits, document, flag, flaw, group, must, optional, text, whole } from './fields.js';
import { type Json, type Room, denied, done, invalid, never, reais, units } from './room.js';
import { type Slip, slipTable } from './rows.js';
import { claim, commit, line, news, slipTold } from './tell.js';

const act = 'bankslip.create';
/** The last day that the four digits of a bar code can write. */
const lastDue = '2049-10-13';
export const ofSlip = ['bankslip.find', 'bankslip.create', 'bankslip.cancel'];

const dueShapes = { either: /^\d{4}-?\d\d-?\d\d$/, YYYYMMDD: /^\d{8}$/, 'YYYY-MM-DD': /^\d{4}-\d\d-\d\d$/ } as const;

/** A day that exists, `YYYY-MM-DD`; undefined for any other text. */
function dayOf(value: unknown, shape: RegExp): string | undefined {
  const given = typeof value === 'string' && shape.test(value) ? value : '';
  const day = given.length === 8 ? `${given.slice(0, 4)}-${given.slice(4, 6)}-${given.slice(6)}` : given;
  return isDay(day) ? day : undefined;
}

const surcharge = group({ Valor: whole(0, 2 ** 31 - 1) });
const payer = {
  Nome: text(100),
  CpfCnpj: document,
  Endereco: text(100),
  Bairro: text(60),
  Cidade: text(60),
  Uf: text(2, /^[A-Z]{2}$/),
  Cep: digits(/^\d{7,8}$/),
};

function checked(room: Room, data: Json): Pick<Slip, 'amount' | 'due' | 'reference'> {
  must(data, {
    Valor: amount(room.wire.slipAmount),
    DataVencimento: text(10),
    Email: optional(text(255, /^[^\s@]+@[^\s@]+\.[^\s@]+$/)),
    IdentificadorCliente: text(255),
    RetornarBase64: optional(flag),
    Instrucoes: optional(text(500)),
    DadosSacado: group({}),
    Juros: optional(surcharge),
    Multa: optional(surcharge),
  });
  must(data['DadosSacado'] as Json, payer, 'DadosSacado.');
  const due = dayOf(data['DataVencimento'], dueShapes[room.wire.dueDate]);
  const past = due !== undefined && due < localDay(now().toISOString());
  if (due === undefined || past || due > lastDue) throw invalid([flaw('DataVencimento')]);
  return {
    amount: centsOf(data['Valor'], room.wire.slipAmount) ?? 0n,
    due,
    reference: safe(data['IdentificadorCliente']),
  };
}

/** The next slip, or the one that stands `beside` it. */
function drawn(room: Room, terms: ReturnType<typeof checked>, beside = 0): Slip {
  const our = `${1_483_937 + room.world.of(slipTable).size + beside}`.padStart(11, '0');
  return {
    ...terms,
    ...printed(room.wire.slip, our, terms.due, terms.amount),
    at: now().toISOString(),
    state: 'PENDENTE',
  };
}

const pdf = Buffer.from('%PDF-1.4\n% boleto simulado\n%%EOF\n').toString('base64');

/** `GerarBoleto`: a new slip each time, whatever its IdentificadorCliente. */
export function createSlip(room: Room, asked: Asked): Answer {
  const data = sent(room, asked, false);
  const terms = checked(room, data);
  const slips = [...room.world.of(slipTable).values()];
  if (room.wire.repeated === 'refused' && slips.some(({ reference }) => reference === terms.reference))
    throw denied('IdentificadorCliente ja utilizado.');
  const twins = room.faults.take(act, ['duplicate_key_first_send'], terms.reference) ? [drawn(room, terms)] : [];
  const slip = drawn(room, terms, twins.length);
  const puts = [...twins, slip].flatMap((it) => [
    slipTable.put(it.number, it),
    room.effect(act, it.reference, it.number, it.amount),
  ]);
  commit(room, puts, claim(room, act, slipTold(room, slip, 'Liquidacao', slip.amount)));
  for (const it of [...twins, slip]) resumeSlip(room, it);
  const { number: NossoNumero, line: LinhaDigitavel, barcode: CodigoBarras } = slip;
  return done({ NossoNumero, LinhaDigitavel, CodigoBarras, Base64: data['RetornarBase64'] === true ? pdf : null });
}

const money = (room: Room, cents: bigint): number => (room.wire.slipAmount === 'cents' ? units(cents) : reais(cents));

const shape = (room: Room, slip: Slip): Json => ({
  NossoNumero: slip.number,
  Status: slip.state,
  Valor: money(room, slip.amount),
  ValorPago: money(room, slip.paid ?? 0n),
  DataVencimento: slip.due,
  DataPagamento: slip.paidOn ?? never,
  LinhaDigitavel: slip.line,
  CodigoBarras: slip.barcode,
  IdentificadorCliente: slip.reference,
});

function found(room: Room, asked: Asked, asking = false): Slip {
  const data = sent(room, asked, false);
  must(data, { NossoNumero: text(16, /^\d\d\/\d{11}-[\dP]$/) });
  const number = String(data['NossoNumero']);
  const slip = room.world.of(slipTable).get(number);
  if (!slip || (asking && room.faults.take(ofSlip, ['find_404_then_found'], number)))
    throw denied('Boleto nao encontrado.');
  return slip;
}

/** `ConsultarBoleto`. */
export const findSlip = (room: Room, asked: Asked): Answer => done(shape(room, found(room, asked, true)));

/** `ConsultarBoletoLote`: the slips issued on some days. */
export function listSlips(room: Room, asked: Asked): Answer {
  const data = sent(room, asked, false);
  const moment = text(35, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/);
  must(data, {
    DataInicial: moment,
    DataFinal: moment,
    TipoPesquisa: text(20, /^DataEmissao$/),
    StatusPesquisa: text(20, /^Todos$/),
  });
  const [from, to] = [Date.parse(String(data['DataInicial'])), Date.parse(String(data['DataFinal']))];
  if (!(from <= to)) throw invalid([flaw('DataFinal')]);
  const slips = [...room.world.of(slipTable).values()].filter(
    ({ at }) => Date.parse(at) >= from && Date.parse(at) <= to,
  );
  const hidden = room.faults.take(ofSlip, ['find_404_then_found'], slips.at(-1)?.number ?? '');
  return done(hidden ? [] : slips.map((slip) => shape(room, slip)));
}

/** `SolicitarBaixaBoleto`: accepted now, done a little later. */
export function writeOffSlip(room: Room, asked: Asked): Answer {
  const slip = found(room, asked);
  if (slip.state === 'LIQUIDADO' || slip.state === 'BAIXA') throw denied('Boleto nao pode ser baixado.');
  const next: Slip = { ...slip, writeOff: true };
  room.world.commit(slipTable.put(slip.number, next));
  resumeSlip(room, next);
  return done('Solicitacao realizada.');
}

/** What a slip still waits for: to be registered, to be written off. */
export function resumeSlip(room: Room, { number, state, writeOff }: Slip): void {
  const current = (): Slip | undefined => room.world.of(slipTable).get(number);
  if (state === 'PENDENTE')
    room.after(room.wire.registerMs, () => {
      const slip = current();
      if (slip?.state !== 'PENDENTE') return;
      const owed = news(room, act, slipTold(room, slip, 'Registro'), slipTold(room, slip, 'Baixa'));
      commit(room, [slipTable.put(number, { ...slip, state: 'REGISTRADO' })], owed);
    });
  if (writeOff)
    room.after(room.wire.writeOffMs, () => {
      const slip = current();
      if (!slip?.writeOff || slip.state === 'LIQUIDADO' || slip.state === 'BAIXA') return;
      end(room, slip, 'bankslip.cancel', [room.effect('bankslip.cancel', number, number, slip.amount)]);
    });
}

function end(room: Room, slip: Slip, operation: string, puts: Parameters<typeof commit>[1]): void {
  const { writeOff: _spent, ...rest } = slip;
  const told = slipTold(room, slip, 'Baixa');
  const owed = news(room, operation, told, slipTold(room, slip, 'Liquidacao', slip.amount));
  commit(room, [slipTable.put(slip.number, { ...rest, state: 'BAIXA' }), ...puts], owed);
}

export interface SlipWish {
  readonly amount?: bigint;
  readonly again?: boolean;
  readonly by?: 'pix';
}

/** Somebody pays a slip at his bank, late or not; by its Pix code, the provider only writes it off. */
export function paySlip(
  room: Room,
  digits: string,
  wish: SlipWish,
): { readonly slip: Slip; readonly amount: bigint } | string | undefined {
  const slip = [...room.world.of(slipTable).values()].find((it) => it.line === digits);
  if (!slip) return undefined;
  const again = wish.again ?? false;
  if (slip.state === 'BAIXA' && !again) return 'the slip was written off; "again": true pays it all the same';
  if (slip.state === 'LIQUIDADO' && !again && !room.faults.take(act, ['second_payment'], slip.number))
    return 'the slip is paid already; "again": true pays it once more';
  const amount = wish.amount ?? slip.amount;
  const times = [...room.world.of(slipTable).values()].length;
  const ref = `${slip.number}/${times}/${now().getTime()}`;
  const received = room.effect('bankslip.received', slip.reference, ref, amount);
  const credit = line(room, wish.by === 'pix' ? 'Pix recebido' : 'Boleto liquidado', amount, slip.number);
  if (wish.by === 'pix') end(room, slip, act, [received, credit]);
  else {
    const { writeOff: _spent, ...rest } = slip;
    const paid: Slip = {
      ...rest,
      state: 'LIQUIDADO',
      paid: (slip.paid ?? 0n) + amount,
      paidOn: localDay(now().toISOString()),
    };
    const told = slipTold(room, slip, 'Liquidacao', amount);
    commit(
      room,
      [slipTable.put(slip.number, paid), received, credit],
      news(room, act, told, slipTold(room, slip, 'Liquidacao', amount + 1n)),
    );
  }
  return { slip, amount };
}
