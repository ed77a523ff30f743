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
