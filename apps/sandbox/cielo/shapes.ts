import { randomInt } from 'node:crypto';
import { localDay, localTime } from '@apps/sandbox/days.js';
import type { Room } from './room.js';
import { type Sale, awaited } from './rows.js';

type Json = Readonly<Record<string, unknown>>;

/** Amounts leave as whole cents; fifteen digits fit a number exactly. */
export const cents = (amount: bigint): number => Number.parseInt(`${amount}`, 10);

/** So many random digits. */
export const digits = (count: number): string => Array.from({ length: count }, () => randomInt(10)).join('');

/** What of the sale is there and has not gone back: captured less voided, or what is held. */
export const left = (sale: Sale): bigint => {
  const taken = sale.disputes.reduce((total, { amount }) => total + amount, 0n);
  return (sale.capturedAmount ?? sale.amount) - sale.voidedAmount - taken;
};

type Rel = 'self' | 'capture' | 'void';
const methods = { self: 'GET', capture: 'PUT', void: 'PUT' } as const;

export function selfUrl(room: Room, sale: Sale): string {
  return `${room.origin}${room.wire.bases.query}/1/sales/${sale.id}`;
}

/** What may be done next, with its address on the host that does it. */
export function links(room: Room, sale: Sale): readonly Json[] {
  const rels: readonly Rel[] =
    sale.status === 1 ? ['self', 'capture', 'void'] : sale.status === 2 ? ['self', 'void'] : ['self'];
  const act = `${room.origin}${room.wire.bases.transaction}/1/sales/${sale.id}`;
  return rels.map((rel) => ({
    Method: methods[rel],
    Rel: rel,
    Href: rel === 'self' ? selfUrl(room, sale) : `${act}/${rel}`,
  }));
}

const cardShape = ({ card }: Sale): Json => ({
  CardNumber: card.masked,
  Holder: card.holder,
  ExpirationDate: card.expires,
  SaveCard: false,
  Brand: card.brand,
});

/** Where the payer authenticates; short, as the provider promises. */
export const pageUrl = (room: Room, token: string): string => `${room.origin}/mpi/${token}`;

const said = ({ returnCode, returnMessage }: Sale): Json => ({ ReturnMessage: returnMessage, ReturnCode: returnCode });

/** A sale as the answer of its creation shows it; `found`: as a query does. */
export function saleShape(room: Room, sale: Sale, found = false): Json {
  const { wire } = room;
  const { capturedAmount, capturedAt, voidedAmount, voidedAt, disputes } = sale;
  const bare = wire.interest === 'number' ? 0 : 'ByMerchant';
  return {
    MerchantOrderId: sale.orderId,
    ...(sale.customer && { Customer: sale.customer }),
    Payment: {
      ServiceTaxAmount: 0,
      Installments: sale.installments,
      Interest: sale.interest ?? bare,
      Capture: sale.capture,
      Authenticate: sale.authenticate,
      Recurrent: sale.recurrent,
      [sale.type]: cardShape(sale),
      Tid: sale.tid,
      ...(sale.proofOfSale && { ProofOfSale: sale.proofOfSale, AuthorizationCode: sale.authorizationCode }),
      ...(sale.softDescriptor && { SoftDescriptor: sale.softDescriptor }),
      ...(sale.page && awaited(sale) && { AuthenticationUrl: pageUrl(room, sale.page.token) }),
      ...(sale.page && { ReturnUrl: sale.page.returnUrl }),
      Provider: 'Simulado',
      Amount: cents(sale.amount),
      ReceivedDate: localTime(sale.at),
      ...(capturedAt && { CapturedAmount: cents(capturedAmount ?? 0n), CapturedDate: localTime(capturedAt) }),
      ...(voidedAt && voidedAmount > 0n && { VoidedAmount: cents(voidedAmount), VoidedDate: localTime(voidedAt) }),
      Status: sale.status,
      IsSplitted: false,
      ...((!found || wire.findReturnCode) && sale.returnCode !== undefined && said(sale)),
      PaymentId: sale.id,
      Type: sale.type,
      Currency: 'BRL',
      Country: 'BRA',
      ...(found && wire.chargebacks === 'shown' && disputes.length > 0 && { Chargebacks: disputes.map(disputeShape) }),
      Links: links(room, sale),
    },
  };
}

const disputeShape = ({ id, amount, at }: Sale['disputes'][number]): Json => ({
  Amount: cents(amount),
  CaseNumber: id,
  Date: localDay(at),
  ReasonCode: '104',
  ReasonMessage: 'Outras fraudes - cartao ausente',
  Status: 'Received',
});

/** What an act on a sale answers: its state and its names, no amount. */
export const actShape = (room: Room, sale: Sale, code: string, message: string, more: Json = {}): Json => ({
  Status: sale.status,
  ...more,
  Tid: sale.tid,
  ProofOfSale: sale.proofOfSale,
  AuthorizationCode: sale.authorizationCode,
  ReturnCode: code,
  ReturnMessage: message,
  Links: links(room, sale),
});

/** A lie in the right shape: every amount of the answer is a cent too high. */
export function overstated(value: unknown, name = ''): unknown {
  if (typeof value === 'number' && /^(Captured|Voided)?Amount$/.test(name)) return value + 1;
  if (Array.isArray(value)) return value.map((item: unknown) => overstated(item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([member, inner]) => [member, overstated(inner, member)]));
}
