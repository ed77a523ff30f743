import { daysBetween, localDay } from '@apps/sandbox/days.js';
import type { Asked } from '@apps/sandbox/front.js';
import type { Answer } from '@apps/sandbox/transport.js';
import { sent } from './door.js';
import { digits, flaw, must, oneOf, optional, text, whole } from './fields.js';
import { type Json, type Room, done, invalid, dateTime, never, reais } from './room.js';
import { type Line, type Sale, lineTable, saleTable } from './rows.js';

/** The two statements: of the digital account, and of sales. Both speak in reais. */
const dayMs = 86_400_000;
const day = text(10, /^\d{4}-\d\d-\d\d$/);
const moment = text(35, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/);

const balance = (room: Room): bigint =>
  [...room.world.of(lineTable).values()].reduce((total, { amount }) => total + amount, 0n);
const signed = (amount: bigint): number => (amount < 0n ? -reais(-amount) : reais(amount));

/** `Saldo`. */
export function findBalance(room: Room, asked: Asked): Answer {
  sent(room, asked, false);
  return done({ Saldo: signed(balance(room)) });
}

const lineShape = ({ id, at, text, amount, receipt }: Line): Json => ({
  IdLpf: id,
  DataTransacao: dateTime(at),
  Descricao: text,
  Valor: signed(amount),
  TipoTransacao: amount < 0n ? 'D' : 'C',
  IdComprovante: receipt,
});

/** `ExtratoContaDigital`: by pages, from an offset. */
export function listLines(room: Room, asked: Asked): Answer {
  const data = sent(room, asked, false);
  must(data, {
    DataInicial: day,
    DataFinal: day,
    QuantidadeLinhasRetorno: whole(0, 10_000),
    OffsetRetorno: whole(0, Number.MAX_SAFE_INTEGER),
  });
  const [from, to] = [String(data['DataInicial']), String(data['DataFinal'])];
  const span = daysBetween(from, to) + 1;
  if (!(span >= 1 && span <= room.wire.statementDays)) throw invalid([flaw('DataFinal')]);
  const all = [...room.world.of(lineTable).values()].filter(({ at }) => localDay(at) >= from && localDay(at) <= to);
  const most = Number(data['QuantidadeLinhasRetorno']) || all.length;
  const start = Number(data['OffsetRetorno']);
  return done({
    Saldo: signed(balance(room)),
    HasMoreElements: start + most < all.length,
    ListaTransacoes: all.slice(start, start + most).map(lineShape),
  });
}

const paid: readonly Sale['state'][] = ['Aprovada', 'Cancelada', 'Desfeita', 'Reembolsada'];

/** A row for each instalment; the whole amount stands in every one. */
function rowsOf(sale: Sale): readonly Json[] {
  const gross = sale.captured ?? sale.amount;
  const count = BigInt(sale.installments);
  return Array.from({ length: sale.installments }, (_, i) => {
    const part = gross / count + (BigInt(i) < gross % count ? 1n : 0n);
    return {
      NsuOperacao: sale.nsu,
      NsuOperacaoLoja: sale.nsu,
      CodAutorizAdquirente: sale.authorization,
      Bandeira: sale.brand,
      TipoCompra: sale.installments > 1 ? 'Parcelado' : 'A vista',
      NumeroParcela: i + 1,
      NumeroTotalParcelas: sale.installments,
      DataTransacao: dateTime(sale.at),
      DataFuturaPagamento: dateTime(new Date(Date.parse(sale.at) + (i + 1) * 30 * dayMs).toISOString()),
      DataCancelamento: sale.endedAt ? dateTime(sale.endedAt) : never,
      ValorBruto: reais(gross),
      ValorBrutoParcela: reais(part),
      ValorLiquidoRepasse: reais(part),
      ValorSplit: 0,
      ValorTaxaAdm: 0,
      ValorTaxaMes: 0,
      IdStatus: saleStates.indexOf(sale.state),
      DescricaoStatus: sale.state,
      IdStatusPagamento: 0,
      DescricaoStatusPagamento: 'Pendente',
      CpfCnpjComprador: sale.buyer,
      NomeRazaoSocialComprador: sale.name,
      NumeroCartao: sale.masked,
      IdTerminal: '',
      Terminal: '',
    };
  });
}
const saleStates: readonly Sale['state'][] = ['Pendente', 'Negada', ...paid];

/** `ExtratoPos`: the sales begun in a period. Parts that went back are not in it. */
export function listSales(room: Room, asked: Asked): Answer {
  const data = sent(room, asked, false);
  must(data, {
    DataInicial: moment,
    DataFinal: moment,
    Status: oneOf('Todos', 'Pago', 'Pendente'),
    MeioCaptura: oneOf('Todos', 'Ecommerce', 'Terminal'),
    IdTerminalPos: optional(digits(/^\d+$/)),
    QuantidadeLinhasRetorno: whole(0, 10_000),
  });
  const [from, to] = [Date.parse(String(data['DataInicial'])), Date.parse(String(data['DataFinal']))];
  if (!(from <= to)) throw invalid([flaw('DataFinal')]);
  const wanted = (sale: Sale): boolean => {
    const inTime = Date.parse(sale.at) >= from && Date.parse(sale.at) <= to;
    const held = sale.state === 'Pendente' && room.wire.saleHeld === 'hidden';
    return inTime && !held && data['MeioCaptura'] !== 'Terminal' && data['Status'] !== 'Pago';
  };
  const sales = [...room.world.of(saleTable).values()].filter(wanted);
  const shown = sales.filter(
    ({ nsu }) => !room.faults.take(['cards.find', ...ofSale], ['find_404_then_found', 'wrong_store_404'], nsu),
  );
  const rows = shown.flatMap((sale) =>
    rowsOf(sale).map((row) => ({ ...row, CodigoCliente: room.account.codigoCliente })),
  );
  const most = Number(data['QuantidadeLinhasRetorno']) || rows.length;
  return done(rows.slice(0, most));
}
export const ofSale = ['cards.authorize', 'cards.capture', 'cards.void', 'cards.refund'];
