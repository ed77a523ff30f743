import { localDay, localTime } from '@apps/sandbox/days.js';
import { printed } from '@apps/sandbox/barcode.js';
import { dynamicCode } from '@apps/sandbox/qrcode.js';
import type { Room } from './room.js';
import { reais } from './shapes.js';
import type { Notice, Slip } from './slips.rows.js';

type Json = Readonly<Record<string, unknown>>;

/** Ten digits of cents at the most: they fit a number exactly. */
const cents = (amount: bigint): number => Number.parseInt(`${amount}`, 10);

/** A picture of nothing: whoever wants one draws it from the code. */
const empty = '<svg xmlns="http://www.w3.org/2000/svg"/>';
const picture = `data:image/svg+xml;base64,${Buffer.from(empty).toString('base64')}`;

const pixShape = ({ wire }: Room, slip: Slip): Json =>
  wire.slipWithPix ? { pix: { qrcode: dynamicCode(slip.place, reais(slip.total)), qrcode_image: picture } } : {};

function links(room: Room, slip: Slip): Json {
  const page = `${room.origins['gerencianet-cobrancas'] ?? room.origin}/emissao/${slip.token.slice(0, 8)}/${slip.id}`;
  return { link: page, billet_link: page, pdf: { charge: `${page}.pdf` } };
}

/** What was asked for besides the amount, with nothing for what was not. */
const configurations = ({ writeOffDays, fine, interest }: Slip): Json => ({
  days_to_write_off: writeOffDays,
  ...(interest && { interest_type: interest.type, interest: interest.value }),
  ...(fine !== undefined && { fine }),
});

const billetShape = (room: Room, slip: Slip): Json => ({
  barcode: printed(slip.line),
  ...pixShape(room, slip),
  ...links(room, slip),
  expire_at: slip.expireAt,
  configurations: configurations(slip),
});

/** The answer of its creation. */
export const createdShape = (room: Room, slip: Slip): Json => ({
  code: 200,
  data: {
    barcode: printed(slip.line),
    ...pixShape(room, slip),
    ...links(room, slip),
    expire_at: slip.expireAt,
    charge_id: slip.id,
    status: slip.status,
    total: cents(slip.total),
    payment: 'banking_billet',
  },
});

/** A company's two names stand beside the rest, as in the provider's answers. */
function customerShape({ customer }: Slip): Json {
  const { juridical_person: firm, address, ...person } = customer as Json & { readonly address?: Json };
  const place = address && { address: { complement: null, ...address } };
  return { ...person, ...(firm as Json | undefined), ...place };
}

/** The amounts that came, and when. */
function paidShape({ payments }: Slip): Json {
  const last = payments.at(-1);
  if (!last) return { paid_at: null };
  const paid = payments.reduce((total, { amount }) => total + amount, 0n);
  return { paid_at: localTime(last.at), received_by_bank_at: localDay(last.at), paid_value: cents(paid) };
}

const said: Readonly<Record<Notice['current'], string>> = {
  new: 'Cobrança criada',
  waiting: 'Boleto gerado',
  unpaid: 'Cobrança não paga',
  paid: 'Pagamento confirmado',
  canceled: 'Cobrança cancelada',
  settled: 'Cobrança marcada como paga',
  expired: 'Cobrança expirada',
};

/** `GET /v1/charge/{id}`. */
export const detailShape = (room: Room, slip: Slip): Json => ({
  code: 200,
  data: {
    charge_id: slip.id,
    total: cents(slip.total),
    status: slip.status,
    custom_id: slip.customId ?? null,
    created_at: localTime(slip.at),
    notification_url: slip.notifyUrl ?? null,
    items: slip.items,
    ...(slip.shippings.length > 0 && { shippings: slip.shippings.map((it) => ({ payee_code: '', ...it })) }),
    history: slip.notices.map(({ current, at }) => ({ message: said[current], created_at: localTime(at) })),
    customer: customerShape(slip),
    payment: {
      method: 'banking_billet',
      created_at: localTime(slip.at),
      message: slip.message ?? null,
      banking_billet: billetShape(room, slip),
      ...(room.wire.slipPaidInDetail && paidShape(slip)),
    },
  },
});

/** One charge in the list, where it is called by another name. */
export function listedShape(room: Room, slip: Slip): Json {
  const { phone_number = null, name, cpf, cnpj, corporate_name } = customerShape(slip);
  return {
    id: slip.id,
    total: cents(slip.total),
    status: slip.status,
    custom_id: slip.customId ?? null,
    created_at: localTime(slip.at),
    customer: cnpj === undefined ? { name, cpf, phone_number } : { corporate_name, cnpj, phone_number },
    payment: { payment_method: 'banking_billet', ...paidShape(slip), banking_billet: billetShape(room, slip) },
  };
}

/** One element of the answer to a notification's token; `id` counts from 1 inside it. */
export const noticeShape = (slip: Slip, notice: Notice, at: number): Json => ({
  id: at + 1,
  type: 'charge',
  custom_id: slip.customId ?? null,
  status: { current: notice.current, previous: notice.previous },
  identifiers: { charge_id: slip.id },
  created_at: localTime(notice.at),
  ...(notice.value !== undefined && { value: cents(notice.value) }),
  ...(notice.day !== undefined && { received_by_bank_at: notice.day }),
});

/** A lie in the right shape: every amount of the answer is a cent too high. */
export function overstated(value: unknown, name = ''): unknown {
  if (typeof value === 'number' && /^(total|value|paid_value)$/.test(name)) return value + 1;
  if (Array.isArray(value)) return value.map((it: unknown) => overstated(it));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([member, inner]) => [member, overstated(inner, member)]));
}
