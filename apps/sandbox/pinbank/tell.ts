import { uuid } from '@libs/kernel/ids.js';
import { now } from '@libs/kernel/clock.js';
import type { Owed } from '@apps/sandbox/callbacks.js';
import { localDay } from '@apps/sandbox/days.js';
import type { Put } from '@apps/sandbox/world.js';
import { type Json, type Room, dateTime, reais, units } from './room.js';
import { type Code, type Sale, type Slip, lineTable } from './rows.js';

/** An event as it is told: each has a name of its own. */
interface Told {
  readonly type: string;
  readonly entity: string;
  readonly data: Json;
}
const event = ({ type, entity, data }: Told): Json => ({
  EventId: uuid(),
  EventType: type,
  EventVersion: 'v1',
  EntityId: entity,
  OccurredAt: now().toISOString(),
  Data: data,
});

/** What is owed of a fact; `contrary` is the same thing in another state, or of another amount. */
export const news = (room: Room, operation: string, told: Told, contrary: Told): Owed =>
  room.callbacks.owe({
    operation,
    key: told.entity,
    body: event(told),
    contrary: event(contrary),
    forgery: event(contrary),
  });

/** A claim about something that has not happened. */
export const claim = (room: Room, operation: string, told: Told): Owed =>
  room.callbacks.claim(operation, told.entity, event(told));

/** Everything that happened at once, in one commit; then it is told. */
export function commit(room: Room, puts: readonly Put[], ...owed: readonly Owed[]): void {
  room.world.commit(...puts, ...owed.flatMap((it) => it.puts));
  for (const { send } of owed) send();
}

const saleEvents: Readonly<Record<Sale['state'], string>> = {
  Pendente: 'Compra.TransacaoPendente',
  Negada: 'Compra.TransacaoNegada',
  Aprovada: 'Compra.TransacaoRealizada',
  Cancelada: 'Compra.TransacaoCancelada',
  Desfeita: 'Compra.TransacaoDesfeita',
  Reembolsada: 'Compra.TransacaoReembolsada',
};

/** A sale as an event tells it: here amounts are whole cents. */
export function saleTold(room: Room, sale: Sale, state: Sale['state'], amount: bigint, type = saleEvents[state]): Told {
  const { codigoCliente, keyLoja } = room.account;
  return {
    type,
    entity: sale.nsu,
    data: {
      nsu: sale.nsu,
      status: state.toUpperCase(),
      valor: units(amount),
      valorOriginal: units(sale.amount),
      formaPagamento: sale.installments > 1 ? 'PARCELADO_LOJISTA' : 'AVISTA',
      numeroParcelas: sale.installments,
      cartao: { bandeira: sale.brand, bin: sale.masked.slice(0, 6), pan: sale.masked },
      tipoTransacao: 'Online',
      origem: 'ECOMMERCE',
      data: dateTime(now().toISOString()),
      dataCriacao: dateTime(sale.at),
      estabelecimento: { id: codigoCliente, chaveGateway: keyLoja, nome: 'LOJA SIMULADA', documento: '' },
      codAutorizAdquirente: sale.authorization,
      nsuAdquirente: sale.nsu,
    },
  };
}

/** A paid code: here amounts are reais, and the payment has no name of its own. */
export function creditTold(room: Room, code: Code, amount: bigint): Told {
  const { codigoCliente: CodigoCliente, codigoCanal: CodigoCanal } = room.account;
  return {
    type: 'Pix.CreditoRecebido',
    entity: `${code.id}`,
    data: {
      Status: 'PAGO',
      IdQrcode: code.id,
      Valor: reais(amount),
      Recebedor: { CodigoCliente, CodigoCanal },
      DataLancamento: dateTime(now().toISOString()),
    },
  };
}

/** A slip; `paid`: what came for it. */
export function slipTold(room: Room, { number }: Slip, what: 'Registro' | 'Liquidacao' | 'Baixa', paid = 0n): Told {
  const { codigoCliente: CodigoCliente, codigoCanal: CodigoCanal } = room.account;
  const payment = {
    ValorPago: reais(paid),
    ModalidadeBoleto: 'C',
    DataPagamento: localDay(now().toISOString()),
  };
  return {
    type: `Boleto.${what}`,
    entity: number,
    data: { NossoNumero: number, CodigoCliente, CodigoCanal, ...(what === 'Liquidacao' && payment) },
  };
}

/** A line of the account's statement, to be committed with what it is of. */
export function line(room: Room, text: string, amount: bigint, name: string): Put {
  const id = room.world.of(lineTable).size + 1;
  const said = room.wire.lineNames === 'named' ? `${text} ${name}` : text;
  return lineTable.put(`${id}`, { id, at: now().toISOString(), text: said, amount, receipt: 700_000 + id });
}
