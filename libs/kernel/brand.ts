// In the kernel, not with the cards: who refuses the number of a card in a Pix, a slip or a note knows it by its brand.

/** Brands as we write them everywhere, in small letters. */
export type Brand = 'visa' | 'mastercard' | 'amex' | 'elo' | 'hipercard' | 'diners' | 'discover' | 'jcb' | 'aura';

interface Row {
  readonly brand: Brand;
  readonly lengths: readonly number[];
  /** First digits, singly or from one to another. */
  readonly begins: string;
}

/**
 * What numbers of a brand begin with, the first row that fits: Elo lies inside Visa, Discover and Aura, Hipercard
 * inside Diners. Nobody publishes one list: Elo's is its table of BINs (dev.elo.com.br/apis/tabela-de-bins) as Active
 * Merchant keeps it, joined with the ranges on which credit-card-type and the gists of erikhenrique (5931368) and
 * gusribeiro (263a165db774f5d78251) agree; these gists give Hipercard and Aura; the others' are from the networks' own
 * papers. credit-card-type itself is not used: it has no Aura, takes that for Maestro, and knows fewer ranges of Elo.
 */
const table: readonly Row[] = [
  {
    brand: 'elo',
    lengths: [16],
    begins:
      '401178-401179 431274 438935 451416 457393 457631-457632 504175 506699-506778 509000-509999 627780 ' +
      '636297-636298 636368-636369 650031-650033 650035-650051 650057-650081 650405-650439 650485-650538 ' +
      '650541-650598 650700-650718 650720-650727 650901-650978 651652-651704 655000-655019 655021-655058',
  },
  { brand: 'hipercard', lengths: [13, 16, 19], begins: '606282 3841 637' },
  { brand: 'amex', lengths: [15], begins: '34 37' },
  { brand: 'diners', lengths: [14, 15, 16, 17, 18, 19], begins: '300-305 3095 36 38-39' },
  { brand: 'discover', lengths: [16, 17, 18, 19], begins: '6011 622126-622925 644-649 65' },
  {
    brand: 'jcb',
    lengths: [16, 17, 18, 19],
    begins: '3528-3589 3088-3094 3096-3102 3112-3120 3158-3159 3337-3349',
  },
  { brand: 'aura', lengths: [16, 17, 18, 19], begins: '50' },
  { brand: 'mastercard', lengths: [16], begins: '51-55 222100-272099' },
  { brand: 'visa', lengths: [13, 16, 19], begins: '4' },
];

const spans = table.map(({ brand, lengths, begins }) => ({
  brand,
  lengths,
  spans: begins.split(' ').map((it) => {
    const [from = '', to = from] = it.split('-');
    return { from, to };
  }),
}));

/** Whose a number is, by its first digits and its length; undefined: nobody's that we know. */
export function brandOf(number: string): Brand | undefined {
  return spans.find((it) => it.lengths.includes(number.length) && begins(it.spans, number))?.brand;
}

/** Whether a number begins as some brand's do and is of no length that they have. */
export const wrongLength = (number: string): boolean =>
  brandOf(number) === undefined && spans.some((it) => begins(it.spans, number));

// Texts of one length compare as the numbers that they write.
const begins = (all: readonly { readonly from: string; readonly to: string }[], number: string): boolean =>
  all.some(({ from, to }) => {
    const first = number.slice(0, from.length);
    return first >= from && first <= to;
  });

const spellings: ReadonlyMap<string, Brand> = new Map([
  ...table.map(({ brand }) => [brand, brand] as const),
  ['master', 'mastercard'],
  ['americanexpress', 'amex'],
  ['dinersclub', 'diners'],
  ['hiper', 'hipercard'],
]);

/** A brand as callers write it, `Master`, `American Express`; undefined for none that we know. */
export const brandNamed = (text: string): Brand | undefined =>
  spellings.get(text.toLowerCase().replaceAll(/[ _-]/g, ''));

/** How many digits the code on its back has; on the front of an Amex. */
export const codeLength = (brand: string): number => (brand === 'amex' ? 4 : 3);
