/** CRC-16/CCITT-FALSE of a BR Code, over everything up to and including its own tag and length. */
export function crc16(text: string): string {
  let crc = 0xffff;
  for (const byte of Buffer.from(text, 'utf8')) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit += 1) crc = ((crc << 1) ^ (crc & 0x8000 ? 0x1021 : 0)) & 0xffff;
  }
  return crc.toString(16).toUpperCase().padStart(4, '0');
}

const tag = (id: string, value: string): string => `${id}${String(value.length).padStart(2, '0')}${value}`;

/** A dynamic BR Code: the payer's bank asks `location` (no scheme) for the charge, `reais` is only shown. */
export function dynamicCode(location: string, reais: string): string {
  const payload = [
    tag('00', '01'),
    tag('01', '12'),
    tag('26', tag('00', 'br.gov.bcb.pix') + tag('25', location)),
    tag('52', '0000'),
    tag('53', '986'),
    tag('54', reais),
    tag('58', 'BR'),
    tag('59', 'LOJA SIMULADA'),
    tag('60', 'SAO PAULO'),
    tag('62', tag('05', '***')),
    '6304',
  ].join('');
  return payload + crc16(payload);
}

/** The members of a code or of a template in it, by their ids; undefined when the lengths do not add up. */
function members(text: string): Readonly<Record<string, string>> | undefined {
  const found: Record<string, string> = {};
  for (let at = 0; at < text.length;) {
    const [, id = '', length = ''] = /^(\d\d)(\d\d)/.exec(text.slice(at, at + 4)) ?? [];
    const end = at + 4 + Number.parseInt(length, 10);
    if (id === '' || end > text.length) return undefined;
    found[id] = text.slice(at + 4, end);
    at = end;
  }
  return found;
}

/** What a payer's bank reads in a code: where the charge is to be asked for, or whom to pay, how much and for what. */
export interface Scanned {
  readonly location?: string;
  readonly key?: string;
  readonly amount?: bigint; // cents
  readonly txid?: string;
}

/** Reads a code as it was copied or scanned; undefined when it is none, or its check sum is wrong. */
export function scan(code: string): Scanned | undefined {
  if (!/^000201.*6304[0-9A-F]{4}$/s.test(code) || crc16(code.slice(0, -4)) !== code.slice(-4)) return undefined;
  const all = members(code);
  const account = members(all?.['26'] ?? '');
  if (!all || account?.['00']?.toLowerCase() !== 'br.gov.bcb.pix') return undefined;
  const txid = members(all['62'] ?? '')?.['05'];
  const [, whole, part = ''] = /^(\d{1,10})(?:\.(\d{1,2}))?$/.exec(all['54'] ?? '') ?? [];
  return {
    location: account['25'],
    key: account['01'],
    ...(whole !== undefined && { amount: BigInt(whole + part.padEnd(2, '0')) }),
    ...(txid !== undefined && txid !== '***' && { txid }),
  };
}
