/** Letters that no accent makes and no decomposition takes apart. */
const alike: Record<string, string> = {
  ß: 'ss',
  æ: 'ae',
  Æ: 'AE',
  œ: 'oe',
  Œ: 'OE',
  ø: 'o',
  Ø: 'O',
  ł: 'l',
  Ł: 'L',
  đ: 'd',
  Đ: 'D',
  ð: 'd',
  Ð: 'D',
  þ: 'th',
  Þ: 'Th',
  ı: 'i',
  '‘': "'",
  '’': "'",
  '“': '"',
  '”': '"',
  '–': '-',
  '—': '-',
  '…': '...',
};

/**
 * A text in printable ASCII: letters without their accents, runs of blanks one blank, what has no likeness left out.
 * It may be empty.
 */
export const plain = (text: string): string =>
  text
    .normalize('NFKD')
    .replaceAll(/[^\x20-\x7e]/gu, (char) => (/\s/u.test(char) ? ' ' : (alike[char] ?? '')))
    .replaceAll(/ +/g, ' ')
    .trim();
