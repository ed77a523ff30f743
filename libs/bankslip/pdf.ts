import { addDays } from '@libs/brazil/days.js';
import { printedBank, printedLine } from '@libs/brazil/barcode.js';
import { printedTaxId } from '@libs/brazil/cpf-cnpj.js';
import type { BasisPoints, Cents } from '@libs/money/cents.js';
import type { Payer } from '@libs/providers/contract/inputs.js';
import { type Area, type Letters, Sheet } from './sheet.js';

export type Party = Pick<Payer, 'name' | 'taxId' | 'address'>;

/** Everything that stands on a slip. Days are `YYYY-MM-DD` in São Paulo. */
export interface SlipPage {
  /** 44 digits; the bank's number is its first three. */
  readonly barcode: string;
  /** 47 digits. */
  readonly line: string;
  readonly amount: Cents;
  readonly dueOn: string;
  readonly issuedOn: string;
  /** How long it may be paid after the due date. */
  readonly payableDays: number;
  readonly beneficiary: Party;
  readonly payer: Party;
  /** Nosso número. */
  readonly number?: string;
  /** What the merchant calls the sale. */
  readonly reference?: string;
  /** Agência / código do beneficiário. */
  readonly agency?: string;
  /** Carteira. */
  readonly wallet?: string;
  readonly instructions?: string;
  readonly fine?: { readonly rateBps: BasisPoints } | { readonly amount: Cents };
  readonly interest?: { readonly monthlyBps: BasisPoints };
  /** The BR Code that pays the same slip. */
  readonly pixCode?: string;
}

/** Those whom our providers issue slips at, by their number at the clearing. */
const banks: Record<string, string> = {
  '001': 'Banco do Brasil',
  '237': 'Bradesco',
  '364': 'Efí S.A.',
  '529': 'Pinbank Brasil',
};

const printedDay = (day: string): string => day.split('-').toReversed().join('/');
const hundredths = (whole: bigint | number): string => {
  const digits = String(whole).padStart(3, '0');
  return `${digits.slice(0, -2).replaceAll(/\B(?=(\d{3})+$)/g, '.')},${digits.slice(-2)}`;
};
const reais = (amount: Cents): string => `R$ ${hundredths(amount)}`;

/** What the slip says about being late: it is printed and told to the bank, which computes it. */
function conditions({ fine, interest, dueOn, payableDays }: SlipPage): string[] {
  const said: string[] = [];
  if (fine !== undefined) {
    const much = 'amount' in fine ? reais(fine.amount) : `${hundredths(fine.rateBps)}%`;
    said.push(`Após o vencimento, cobrar multa de ${much}.`);
  }
  if (interest !== undefined) {
    said.push(`Após o vencimento, cobrar juros de ${hundredths(interest.monthlyBps)}% ao mês.`);
  }
  const last = payableDays === 0 ? 'o vencimento' : printedDay(addDays(dueOn, payableDays));
  return [...said, `Não receber após ${last}.`];
}

const named = ({ name = '', taxId }: Party): string =>
  taxId === undefined ? name : `${name} – ${taxId.length === 11 ? 'CPF' : 'CNPJ'} ${printedTaxId(taxId)}`;

const together = (parts: readonly (string | undefined)[], by: string): string => parts.filter(Boolean).join(by);

function addressed({ address }: Party): string[] {
  if (address === undefined) return [];
  const { street, number, complement, neighborhood, city, state, zipCode } = address;
  const zip = zipCode?.replace(/^(\d{5})(\d{3})$/, '$1-$2');
  return [
    together([together([street, number], ', '), complement], ' – '),
    together([neighborhood, together([city, state], '/'), zip && `CEP ${zip}`], ' – '),
  ].filter(Boolean);
}

/** The form's edges: what belongs to the amount stands in the column on its right. */
const left = 15;
const right = 195;
const column = 150;
const row = 7.5;

/** A field of the form: its name small above, what it holds below, a line under it and one on its left. */
function field(sheet: Sheet, area: Area, name: string, holds: string | readonly string[] = '', as: Letters = {}): void {
  const { x, y, width, height } = area;
  sheet.line(x, y + height, x + width, y + height);
  if (x > left) sheet.line(x, y, x, y + height);
  sheet.write(name, { x: x + 1, y: y + 0.7, width: width - 2, height: 2.5 }, { size: 5.5 });
  sheet.write(holds, { x: x + 1, y: y + 3.1, width: width - 2, height: height - 3.2 }, as);
}

const amounts = { align: 'right' } as const;
const strong = { align: 'right', bold: true, size: 9 } as const;

/** A row of fields side by side; the last one is the column on the right. */
function fields(
  sheet: Sheet,
  y: number,
  widths: readonly number[],
  holds: readonly (readonly [string, string?, Letters?])[],
): void {
  let x = left;
  holds.forEach(([name, value, as], i) => {
    const width = widths[i] ?? right - x;
    field(sheet, { x, y, width, height: row }, name, value, { ...as, middle: true });
    x += width;
  });
}

function heading(sheet: Sheet, y: number, bank: string, title: string): void {
  sheet.write(
    banks[bank] ?? `Banco ${bank}`,
    { x: left + 1, y: y + 2.6, width: 36, height: 5 },
    { size: 12, bold: true },
  );
  sheet.line(53, y + 1, 53, y + 8, 0.6);
  sheet.write(printedBank(bank), { x: 54, y: y + 2, width: 18, height: 7 }, { size: 15, bold: true, align: 'center' });
  sheet.line(73, y + 1, 73, y + 8, 0.6);
  sheet.write(title, { x: 74, y: y + 2.9, width: right - 75, height: 5 }, { size: 11.5, bold: true, align: 'right' });
  sheet.line(left, y + 8, right, y + 8, 0.4);
}

/** Recibo do pagador: the half that the payer keeps. */
function receipt(sheet: Sheet, slip: SlipPage, y: number): void {
  heading(sheet, y, slip.barcode.slice(0, 3), 'Recibo do Pagador');
  const [wide, top] = [column - left, y + 8];
  fields(
    sheet,
    top,
    [wide],
    [
      ['Beneficiário', named(slip.beneficiary)],
      ['Vencimento', printedDay(slip.dueOn), strong],
    ],
  );
  fields(
    sheet,
    top + row,
    [wide],
    [
      ['Endereço do beneficiário', together(addressed(slip.beneficiary), ' – ')],
      ['Valor do documento', reais(slip.amount), strong],
    ],
  );
  fields(
    sheet,
    top + 2 * row,
    [wide],
    [
      ['Pagador', named(slip.payer)],
      ['Nosso número', slip.number, amounts],
    ],
  );
  fields(
    sheet,
    top + 3 * row,
    [35, 60, 40],
    [
      ['Data do documento', printedDay(slip.issuedOn)],
      ['Nº do documento', slip.reference],
      ['Agência/Código do beneficiário', slip.agency],
      ['Valor cobrado'],
    ],
  );
  const under = top + 4 * row;
  sheet.write('Demonstrativo', { x: left + 1, y: under + 0.8, width: 60, height: 3 }, { size: 5.5 });
  sheet.write(slip.instructions ?? '', { x: left + 1, y: under + 3.6, width: wide - 2, height: 13 });
  const stamp = { x: column, y: under + 0.8, width: right - column, height: 3 };
  sheet.write('Autenticação mecânica', stamp, { size: 5.5, align: 'right' });
}

function pix(sheet: Sheet, code: string, y: number): void {
  sheet.qr(code, left, y, 48);
  const words = { x: left + 52, width: right - left - 52 };
  sheet.write('Pague com Pix', { ...words, y: y + 5, height: 6 }, { size: 13, bold: true });
  const how =
    'Aponte a câmera do aplicativo do seu banco para o código ao lado, ou copie o código abaixo em Pix Copia e Cola.';
  sheet.write(how, { ...words, y: y + 11.5, height: 8 });
  sheet.write(code, { ...words, y: y + 21, height: 22 }, { size: 7 });
}

/** Ficha de compensação: the half that the bank reads, 100 mm high. */
function voucher(sheet: Sheet, slip: SlipPage, y: number): void {
  heading(sheet, y, slip.barcode.slice(0, 3), printedLine(slip.line));
  const [wide, top] = [column - left, y + 8];
  fields(
    sheet,
    top,
    [wide],
    [
      ['Local de pagamento', 'Pagável em qualquer banco, lotérica ou aplicativo de banco'],
      ['Vencimento', printedDay(slip.dueOn), strong],
    ],
  );
  fields(
    sheet,
    top + row,
    [wide],
    [
      ['Beneficiário', named(slip.beneficiary)],
      ['Agência/Código do beneficiário', slip.agency, amounts],
    ],
  );
  fields(
    sheet,
    top + 2 * row,
    [25, 46, 20, 14, 30],
    [
      ['Data do documento', printedDay(slip.issuedOn)],
      ['Nº do documento', slip.reference],
      ['Espécie doc.', 'DM'],
      ['Aceite', 'N'],
      ['Data do processamento', printedDay(slip.issuedOn)],
      ['Nosso número', slip.number, amounts],
    ],
  );
  fields(
    sheet,
    top + 3 * row,
    [25, 26, 20, 34, 30],
    [
      ['Uso do banco'],
      ['Carteira', slip.wallet],
      ['Espécie', 'R$'],
      ['Quantidade'],
      ['(x) Valor'],
      ['(=) Valor do documento', reais(slip.amount), strong],
    ],
  );
  const instructions = { x: left, y: top + 4 * row, width: wide, height: 4.25 * row };
  const said = [...conditions(slip), slip.instructions ?? ''];
  field(sheet, instructions, 'Instruções (texto de responsabilidade do beneficiário)', said);
  const blanks = ['(-) Desconto/Abatimento', '(-) Outras deduções', '(+) Mora/Multa', '(+) Outros acréscimos'];
  const height = 0.85 * row;
  [...blanks, '(=) Valor cobrado'].forEach((name, i) => {
    field(sheet, { x: column, y: top + 4 * row + i * height, width: right - column, height }, name);
  });
  payerAndBars(sheet, slip, top + 8.25 * row);
}

function payerAndBars(sheet: Sheet, slip: SlipPage, y: number): void {
  const whole = { x: left, y, width: right - left, height: 15 };
  field(sheet, whole, 'Pagador', [named(slip.payer), ...addressed(slip.payer)]);
  sheet.write('Sacador/Avalista', { x: left + 1, y: y + 15.7, width: 60, height: 3 }, { size: 5.5 });
  const stamp = { x: 130, y: y + 15.7, width: right - 130, height: 3 };
  sheet.write('Autenticação mecânica – Ficha de Compensação', stamp, { size: 5.5, align: 'right' });
  sheet.bars(slip.barcode, left + 5, y + 19.5);
}

/**
 * A slip as one page of A4: the payer's receipt above, the Pix code where there is one, the bank's voucher below.
 * @throws RangeError when the bar code is no pairs of digits, or a day is none of the calendar.
 */
export function slipPdf(slip: SlipPage): Promise<Buffer> {
  const sheet = new Sheet(`Boleto ${printedLine(slip.line)}`, slip.issuedOn);
  receipt(sheet, slip, 12);
  if (slip.pixCode !== undefined) pix(sheet, slip.pixCode, 82);
  sheet.write(
    'Corte na linha pontilhada',
    { x: left, y: 178, width: right - left, height: 3 },
    { size: 5.5, align: 'right' },
  );
  sheet.cut(left, 181, right);
  voucher(sheet, slip, 183);
  return sheet.end();
}
