import { now } from '@libs/kernel/clock.js';
import { isDay, localDay } from '@apps/sandbox/days.js';
import type { Refusal } from '@apps/sandbox/front.js';
import { type Flaw, type Rule, flaws, integer, list, object, oneOf, optional, text } from '@apps/sandbox/schema.js';
import type { Room } from './room.js';
import { numbered, refused } from './slips.codes.js';
import type { Discount, Item, SlipTerms } from './slips.rows.js';

const places = (path: string): string => path.replaceAll(/\[(\d+)\]/g, '/$1').replaceAll('.', '/');

/** A member that is missing, unknown or of another kind: the first one is named, by its place. */
const invalid = ({ caminho, mensagem }: Flaw): Refusal =>
  refused(400, 3_500_034, 'validation_error', { property: places(caminho) || '/', message: mensagem });

export const strict = (wrong: readonly Flaw[]): void => {
  if (wrong[0]) throw invalid(wrong[0]);
};

const largest = 999_999_999_999;
const day = text(10, /^\d{4}-\d\d-\d\d$/);
const either =
  (...rules: readonly Rule[]): Rule =>
  (value, path) =>
    rules.map((rule) => rule(value, path)).toSorted((a, b) => a.length - b.length)[0] ?? [];
const nothing: Rule = (value, path) =>
  value === null ? [] : [{ chave: 'type', caminho: path, mensagem: 'deve ser nulo' }];

const states = 'AC AL AP AM BA CE DF ES GO MA MT MS MG PA PB PR PE PI RJ RN RS RO RR SC SP SE TO'.split(' ');
const address = object({
  street: text(255, /\S/),
  number: either(text(255, /\S/), integer(0, largest)),
  neighborhood: text(255, /\S/),
  zipcode: text(8, /^\d{8}$/),
  city: text(255, /\S/),
  complement: optional(either(text(255), nothing)),
  state: oneOf(states),
});
const contact: Readonly<Record<string, Rule>> = {
  email: optional(text(255, /^[^\s@]+@[^\s@]+$/)),
  phone_number: optional(text(11, /^[1-9]{2}9?[0-9]{8}$/)),
  birth: optional(day),
  address: optional(address),
};
const name = text(255, /\S/);
const cpf = text(11, /^\d{11}$/);
const company = object({ corporate_name: name, cnpj: text(14, /^[0-9A-Z]{14}$/) });

/** A person with a name and a CPF, or a company, beside which a person may stand. */
const customer: Rule = (value, path) => {
  const isCompany = typeof value === 'object' && value !== null && 'juridical_person' in value;
  const person = { name, cpf, ...contact };
  const firm = { name: optional(name), cpf: optional(cpf), juridical_person: company, ...contact };
  return object(isCompany ? firm : person)(value, path);
};

const discount = { type: oneOf(['percentage', 'currency']), value: integer(1, largest) };
const interest =
  (most: { readonly daily: number; readonly monthly: number }): Rule =>
  (value, path) => {
    if (typeof value !== 'object' || value === null) return integer(0, most.daily)(value, path);
    const monthly = 'type' in value && value.type === 'monthly';
    const limit = monthly ? most.monthly : most.daily;
    return object({ value: integer(0, limit), type: oneOf(['monthly', 'daily']) })(value, path);
  };

const billet = ({ wire }: Room): Rule =>
  object({
    customer,
    expire_at: day,
    discount: optional(object(discount)),
    conditional_discount: optional(object({ ...discount, until_date: day })),
    configurations: optional(
      object({
        days_to_write_off: optional(integer(0, 120)),
        fine: optional(integer(0, 1000)),
        interest: optional(interest(wire.slipMostInterest)),
      }),
    ),
    message: optional(text(10_000)),
  });

const some =
  (rule: Rule): Rule =>
  (value, path) =>
    Array.isArray(value) && value.length === 0
      ? [{ chave: 'minItems', caminho: path, mensagem: 'deve ter ao menos um item' }]
      : rule(value, path);
const item = object({ name: text(255, /^[^<>]+$/), value: integer(-largest, largest), amount: integer(1, largest) });
const shipping = object({
  name: text(255, /\S/),
  value: integer(0, largest),
  payee_code: optional(text(32, /^[0-9a-fA-F]{32}$/)),
});
const url = ({ wire }: Room): Rule => text(255, wire.plainCallbacks ? /^https?:\/\/\S+$/ : /^https:\/\/\S+$/);

export const metadata = (room: Room): Readonly<Record<string, Rule>> => ({
  custom_id: optional(text(255)),
  notification_url: optional(url(room)),
});
export const dueDate: Readonly<Record<string, Rule>> = { expire_at: day };

interface Billet {
  readonly customer: Readonly<Record<string, unknown>>;
  readonly expire_at: string;
  readonly discount?: Discount;
  readonly conditional_discount?: Discount;
  readonly configurations?: {
    readonly days_to_write_off?: number;
    readonly fine?: number;
    readonly interest?: number | { readonly value: number; readonly type: 'monthly' | 'daily' };
  };
  readonly message?: string;
}
interface OneStep {
  readonly items: readonly Item[];
  readonly shippings?: readonly (Readonly<Record<string, unknown>> & { readonly value: number })[];
  readonly metadata?: { readonly custom_id?: string; readonly notification_url?: string };
  readonly payment: { readonly banking_billet: Billet };
}

/** What a discount takes off, in whole cents; a percentage is given in its hundredths. */
export const off = ({ type, value }: Discount, total: bigint): bigint =>
  type === 'currency' ? BigInt(value) : (total * BigInt(value)) / 10_000n;

const reais = (cents: bigint): string => {
  const digits = (cents < 0n ? -cents : cents).toString().padStart(3, '0');
  return `${cents < 0n ? '-' : ''}${digits.slice(0, -2)},${digits.slice(-2)}`;
};

function totalOf({ items, shippings = [], payment }: OneStep): bigint {
  const goods = items.reduce((sum, { value, amount }) => sum + BigInt(value) * BigInt(amount), 0n);
  const gross = shippings.reduce((sum, { value }) => sum + BigInt(value), goods);
  const { discount: given } = payment.banking_billet;
  const total = given ? gross - off(given, gross) : gross;
  if (total < 500n) throw numbered(400, given ? 4600523 : 4600036, reais(total));
  if (total > 9_999_999_999n) throw numbered(400, 3500006);
  return total;
}

/** A day that is there, and not over yet where they live. */
export function payableDay(text: string): void {
  if (!isDay(text)) throw numbered(400, 4600060);
  if (text < localDay(now().toISOString())) throw numbered(400, 4600007);
}

/** What `POST /v1/charge/one-step` asks for. Throws the refusal that names what is wrong with it. */
export function termsOf(room: Room, body: unknown): SlipTerms {
  const card = (it: unknown): boolean => typeof it === 'object' && it !== null && 'credit_card' in it;
  const payment = typeof body === 'object' && body !== null && 'payment' in body ? body.payment : undefined;
  if (card(payment)) throw numbered(400, 3500007); // cards of this provider are not played
  strict(
    flaws(body, {
      items: some(list(1000, item)),
      shippings: optional(some(list(1000, shipping))),
      metadata: optional(object(metadata(room))),
      payment: object({ banking_billet: billet(room) }),
    }),
  );
  const asked = body as OneStep;
  const { customer: payer, expire_at, conditional_discount, configurations, message } = asked.payment.banking_billet;
  payableDay(expire_at);
  if (conditional_discount?.until_date && !isDay(conditional_discount.until_date)) throw numbered(400, 4600060);
  const firm = payer['juridical_person'] as { readonly cnpj: string } | undefined;
  if (room.wire.blockedDocuments.some((it) => it === payer['cpf'] || it === firm?.cnpj)) throw numbered(400, 4600142);
  const rate = configurations?.interest;
  return {
    customId: asked.metadata?.custom_id,
    notifyUrl: asked.metadata?.notification_url,
    items: asked.items,
    shippings: asked.shippings ?? [],
    total: totalOf(asked),
    customer: payer,
    expireAt: expire_at,
    writeOffDays: configurations?.days_to_write_off ?? room.wire.slipWriteOffDays,
    fine: configurations?.fine,
    interest: typeof rate === 'number' ? { value: rate, type: 'daily' } : rate,
    conditional: conditional_discount,
    message,
  };
}
