import { plain } from './plain.js';

/** One member of a BR Code: its two-digit id and its value, still packed where it is a template (26, 62, 80). */
export type Member = readonly [id: string, value: string];

/** CRC-16/CCITT-FALSE over the UTF-8 bytes, four upper-case hex digits, as field 63 of a BR Code carries it. */
export function crc16(text: string): string {
  let crc = 0xffff;
  for (const byte of Buffer.from(text, 'utf8')) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1;
    crc &= 0xffff;
  }
  return crc.toString(16).toUpperCase().padStart(4, '0');
}

/**
 * The members of a BR Code, or of one of its templates, in their order; lengths count characters.
 * @throws RangeError when the lengths do not add up.
 */
export function parse(payload: string): Member[] {
  const members: Member[] = [];
  for (let at = 0; at < payload.length;) {
    const head = /^(\d{2})(\d{2})/.exec(payload.slice(at, at + 4));
    const length = Number(head?.[2]);
    const value = payload.slice(at + 4, at + 4 + length);
    if (head === null || value.length !== length) throw new RangeError(`not a BR Code at ${at}`);
    members.push([head[1]!, value]);
    at += 4 + length;
  }
  return members;
}

/** Whether a text is a whole BR Code whose check sum, its last member, is right. */
export function verify(payload: string): boolean {
  if (!/6304[0-9A-F]{4}$/.test(payload) || crc16(payload.slice(0, -4)) !== payload.slice(-4)) return false;
  try {
    const members = parse(payload);
    return members.at(0)?.join() === '00,01' && members.at(-1)?.[0] === '63';
  } catch {
    return false;
  }
}

/** The members one after the other, each with its length. */
function packed(members: readonly Member[]): string {
  return members
    .map(([id, value]) => {
      if (value.length > 99) throw new RangeError(`too long for a BR Code: ${id}`);
      return id + String(value.length).padStart(2, '0') + value;
    })
    .join('');
}

/**
 * A BR Code of these members, with the check sum behind them as member 63.
 * @throws RangeError when a value has more than 99 characters.
 */
export function format(members: readonly Member[]): string {
  const code = `${packed(members)}6304`;
  return code + crc16(code);
}

/** What a Pix code says that money goes to: a key, or the address at which a charge is looked up. */
export interface PixCode {
  readonly key?: string;
  readonly url?: string;
  /** Text for the payer. */
  readonly text?: string;
  /** Absent where the payer says how much. */
  readonly amountCents?: bigint;
  readonly name: string;
  readonly city: string;
  /** Absent where the code has `***`, which is none. */
  readonly txid?: string;
  /** For one payment only. */
  readonly once: boolean;
}
export type StaticPix = Omit<PixCode, 'url' | 'once'> & { readonly key: string };

const pix = 'br.gov.bcb.pix';
const cut = (text: string, most: number): string => plain(text).slice(0, most).trim();

function priced(amountCents: bigint): string {
  if (amountCents <= 0n || amountCents >= 10n ** 12n) throw new RangeError(`no amount of a Pix: ${amountCents}`);
  const digits = String(amountCents).padStart(3, '0');
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

/**
 * The code of a Pix that may be paid any number of times. Name, city and text lose their accents and are cut to their
 * 25, 15 and whatever characters the key leaves.
 * @throws RangeError when nothing is left of the name or the city, for an amount from R$ 10 billion on, a key of more
 * than 77 characters, or a txid that is not 1 to 25 letters and digits.
 */
export function staticCode({ key, text = '', amountCents, name, city, txid = '***' }: StaticPix): string {
  const [receiver, town] = [cut(name, 25), cut(city, 15)];
  if (receiver === '' || town === '') throw new RangeError('a receiver has a name and a city');
  if (key === '' || key.length > 77) throw new RangeError('no Pix key');
  if (!/^([A-Za-z0-9]{1,25}|\*{3})$/.test(txid)) throw new RangeError(`not a txid: ${txid}`);
  const account = packed([
    ['00', pix],
    ['01', key],
  ]);
  const words = cut(text, Math.max(0, 95 - account.length));
  return format([
    ['00', '01'],
    ['26', words === '' ? account : account + packed([['02', words]])],
    ['52', '0000'],
    ['53', '986'],
    ...(amountCents === undefined ? [] : [['54', priced(amountCents)] as const]),
    ['58', 'BR'],
    ['59', receiver],
    ['60', town],
    ['62', packed([['05', txid]])],
  ]);
}

/** What a Pix code says; undefined when the text is no BR Code, is damaged, or is of another scheme. */
export function scan(payload: string): PixCode | undefined {
  if (!verify(payload)) return undefined;
  const members = new Map(parse(payload));
  for (let id = 26; id <= 51; id += 1) {
    const account = inside(members.get(String(id)));
    if (account?.get('00')?.toLowerCase() !== pix) continue;
    const [amount, txid] = [unpriced(members.get('54')), inside(members.get('62'))?.get('05')];
    if (amount === 'none') return undefined;
    return {
      key: account.get('01'),
      url: account.get('25'),
      text: account.get('02'),
      amountCents: amount,
      name: members.get('59') ?? '',
      city: members.get('60') ?? '',
      txid: txid === '***' ? undefined : txid,
      once: members.get('01') === '12',
    };
  }
  return undefined;
}

function inside(template: string | undefined): Map<string, string> | undefined {
  try {
    return template === undefined ? undefined : new Map(parse(template));
  } catch {
    return undefined;
  }
}

/** `none` for what is no amount: a payer must not be asked for another. */
function unpriced(amount: string | undefined): bigint | 'none' | undefined {
  if (amount === undefined) return undefined;
  const [, whole, part] = /^(\d{1,10})(?:\.(\d{0,2}))?$/.exec(amount) ?? [];
  return whole === undefined ? 'none' : BigInt(whole + (part ?? '').padEnd(2, '0'));
}
