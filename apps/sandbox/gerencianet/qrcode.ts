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
