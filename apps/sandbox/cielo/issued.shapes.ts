import { printed } from '@apps/sandbox/barcode.js';
import { localTime } from '@apps/sandbox/days.js';
import { dynamicCode } from '@apps/sandbox/qrcode.js';
import type { BankSlip, Issued, PixCode } from './issued.rows.js';
import type { Room } from './room.js';
import { cents } from './shapes.js';

type Json = Readonly<Record<string, unknown>>;

/** A picture of one point: whoever wants the code as a picture draws it. */
const picture = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==';

const reais = (amount: bigint): string => {
  const digits = amount.toString().padStart(3, '0');
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`;
};

export const issuedUrl = (room: Room, { id }: Issued): string => `${room.origin}${room.wire.bases.query}/1/sales/${id}`;

/** What may be done next. A slip is never voided, a code of the older contract only once it is paid. */
function links(room: Room, issued: Issued): readonly Json[] {
  const { type, status } = issued;
  const voidable = type === 'Pix' && (status === 2 || (status === 12 && !issued.paidAt && issued.provider));
  const act = `${room.origin}${room.wire.bases.transaction}/1/sales/${issued.id}/void`;
  return [
    { Method: 'GET', Rel: 'self', Href: issuedUrl(room, issued) },
    ...(voidable ? [{ Method: 'PUT', Rel: 'void', Href: act }] : []),
  ];
}

const codeShape = (code: PixCode, found: boolean): Json => ({
  ...(code.provider
    ? { SentOrderId: code.acquirerId, AcquirerOrderId: code.acquirerId, Provider: code.provider }
    : { AcquirerTransactionId: code.acquirerId }),
  ...(found && code.provider && code.endToEndId && { EndToEndId: code.endToEndId }),
  ProofOfSale: code.proofOfSale,
  QrcodeBase64Image: picture,
  QrCodeString: dynamicCode(code.location, reais(code.amount)),
  ...(!found && { ReturnCode: '0', ReturnMessage: 'Pix gerado com sucesso' }),
});

const slipShape = (room: Room, slip: BankSlip): Json => ({
  ...slip.words,
  ExpirationDate: slip.expires,
  Url: `${room.origin}${room.wire.bases.transaction}/post/pagador/reenvia.asp/${slip.id}`,
  Number: slip.number,
  BarCodeNumber: slip.barcode,
  DigitableLine: printed(slip.line),
  Provider: slip.provider,
});

/** A code or a slip as the answer of its creation shows it; `found`: as a query does. */
export const issuedShape = (room: Room, issued: Issued, found = false): Json => ({
  MerchantOrderId: issued.orderId,
  ...(issued.customer && { Customer: issued.customer }),
  Payment: {
    ...(issued.type === 'Pix' ? codeShape(issued, found) : slipShape(room, issued)),
    Amount: cents(issued.amount),
    ReceivedDate: localTime(issued.at),
    ...(found && issued.paidAt && { CapturedAmount: cents(issued.amount), CapturedDate: localTime(issued.paidAt) }),
    Status: issued.status,
    IsSplitted: false,
    [issued.type === 'Pix' && !found ? room.wire.pixId : 'PaymentId']: issued.id,
    Type: issued.type,
    Currency: 'BRL',
    Country: 'BRA',
    Links: links(room, issued),
  },
});
