import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { buildCode, printedLine } from '@libs/brazil/barcode.js';
import { staticCode } from '@libs/brazil/brcode.js';
import { bps, cents } from '@libs/money/cents.js';
import { slipPdf, type SlipPage } from './pdf.js';

const present = (program: string, version: string): boolean => spawnSync(program, [version]).status === 0;
const poppler = present('pdftotext', '-v') && present('pdftoppm', '-v');
const reader = poppler && present('zbarimg', '--version');
if (!poppler) console.warn('poppler-utils are not here: no page is read back');
if (!reader) console.warn('zbarimg (zbar-tools) is not here: no code is read back');

const folder = mkdtempSync(join(tmpdir(), 'slip-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const parts = { bank: '364', dueOn: '2026-12-10', amountCents: 123_456n, freeField: '0000760001433420500000066' };
const { barcode, line } = buildCode(parts);
const pixCode = staticCode({ key: '123e4567-e12b-12d1-a456-426655440000', name: 'Açaí', city: 'Belém' });
const slip: SlipPage = {
  barcode,
  line,
  amount: cents(parts.amountCents),
  dueOn: parts.dueOn,
  issuedOn: '2026-11-21',
  payableDays: 30,
  beneficiary: {
    name: 'Açaí & Pão de Queijo Conceição Comércio de Alimentos Ltda.',
    taxId: '12ABC34501DE35',
    address: { street: 'Avenida São João', number: '1.000', city: 'São Paulo', state: 'SP', zipCode: '01035000' },
  },
  payer: {
    name: 'João Antônio Gonçalves Guimarães',
    taxId: '45576360044',
    address: {
      street: 'Rua Córrego das Três Irmãs',
      number: '25',
      complement: 'Apto. 1.204 – Bloco Ç',
      neighborhood: 'Jardim Proença',
      city: 'Mogi das Cruzes',
      state: 'SP',
      zipCode: '08730120',
    },
  },
  number: '000143342-0',
  reference: 'PEDIDO-2026-000123',
  agency: '0001/0000076-1',
  wallet: '1',
  instructions: 'Mensalidade de dezembro, turma B. Dúvidas: (11) 3456-7890, das 9h às 18h.',
  fine: { rateBps: bps(200) },
  interest: { monthlyBps: bps(100) },
  pixCode,
};

function run(program: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  // 4: nothing was found in the picture.
  if (status !== 0 && status !== 4) throw new Error(`${program}: ${stderr}`);
  return stdout;
}

/** Every text of the page, blanks and line ends as one blank. */
async function textOf(page: SlipPage): Promise<string> {
  writeFileSync(join(folder, 'slip.pdf'), await slipPdf(page));
  return run('pdftotext', ['-raw', join(folder, 'slip.pdf'), '-']).replaceAll(/\s+/g, ' ');
}
const unbroken = (text: string): string => text.replaceAll(/\s/g, '');

describe('the page of a slip', () => {
  it('is one page of A4, and the same whenever it is asked for', async () => {
    const page = await slipPdf(slip);
    expect(page.subarray(0, 5).toString('latin1')).toBe('%PDF-');
    const text = page.toString('latin1');
    expect(text.match(/\/Type \/Page\b/g)).toHaveLength(1);
    expect(text).toContain('/MediaBox [0 0 595.28 841.89]');
    expect(await slipPdf(slip)).toEqual(page);
    expect(page.length).toBeLessThan(40_000);
  });

  (poppler ? it : it.skip)('says what it was asked to say, with its accents', async () => {
    const text = await textOf(slip);
    for (const said of [
      'Recibo do Pagador',
      'Ficha de Compensação',
      `${slip.beneficiary.name} – CNPJ 12.ABC.345/01DE-35`,
      `${slip.payer.name} – CPF 455.763.600-44`,
      'Rua Córrego das Três Irmãs, 25 – Apto. 1.204 – Bloco Ç',
      'Jardim Proença – Mogi das Cruzes/SP – CEP 08730-120',
      'Avenida São João, 1.000 – São Paulo/SP – CEP 01035-000',
      printedLine(line),
      '364-6',
      'Efí S.A.',
      'R$ 1.234,56',
      '10/12/2026',
      '21/11/2026',
      '000143342-0',
      'PEDIDO-2026-000123',
      '0001/0000076-1',
      'Após o vencimento, cobrar multa de 2,00%.',
      'Após o vencimento, cobrar juros de 1,00% ao mês.',
      'Não receber após 09/01/2027.',
      slip.instructions!,
    ]) {
      expect(text).toContain(said);
    }
    expect(unbroken(text)).toContain(unbroken(pixCode));
  });

  (poppler ? it : it.skip)('says no more than it knows', async () => {
    const { fine: _fine, interest: _interest, pixCode: _code, instructions: _said, ...bare } = slip;
    const text = await textOf({ ...bare, payableDays: 0, payer: { name: 'Zé', taxId: '45576360044' } });
    expect(text).toContain('Não receber após o vencimento.');
    for (const unsaid of ['multa de', 'juros', 'Pix', 'undefined', 'null']) expect(text).not.toContain(unsaid);
  });

  (poppler ? it : it.skip)('keeps the longest texts whole', async () => {
    const long = (length: number, text: string): string => text.repeat(length).slice(0, length).trim();
    const address = {
      street: long(100, 'AVENIDA MARECHAL '),
      number: '1'.repeat(20),
      complement: long(100, 'BLOCO '),
      neighborhood: long(100, 'VILA '),
      city: long(100, 'SANTANA '),
      state: 'SP',
      zipCode: '08730120',
    };
    const named = { name: long(140, 'MARIA DA CONCEIÇÃO '), taxId: '45576360044', address };
    const beneficiary = { ...slip.beneficiary, name: named.name };
    const page = { ...slip, beneficiary, payer: named, instructions: long(255, 'NÃO ACEITAR CHEQUES; ') };
    const text = unbroken(
      await textOf({ ...page, reference: long(64, 'PEDIDO-2026/'), fine: { amount: cents(10n ** 12n) } }),
    );
    for (const said of [named.name, address.street, address.complement, address.city, page.instructions]) {
      expect(text.split(unbroken(said)).length).toBeGreaterThan(1);
    }
    expect(text).toContain('multadeR$10.000.000.000,00.');
    expect(text).not.toContain('…');
  });

  (poppler ? it : it.skip)('is printed in letters that every reader has', async () => {
    const page = { ...slip, payer: { name: 'Łukasz Żółć 日本\t\u0301 “Zé” €', taxId: '45576360044' } };
    expect(await textOf(page)).toContain('Lukasz Zólc ?? “Zé” € – CPF');
  });

  (reader ? it : it.skip)('is read by the readers of banks and telephones', async () => {
    writeFileSync(join(folder, 'slip.pdf'), await slipPdf(slip));
    run('pdftoppm', ['-r', '150', '-gray', '-png', '-singlefile', join(folder, 'slip.pdf'), join(folder, 'slip')]);
    expect(readFileSync(join(folder, 'slip.png')).length).toBeGreaterThan(10_000);
    const found = run('zbarimg', ['-q', join(folder, 'slip.png')])
      .trim()
      .split('\n');
    expect(found.map((it) => it.slice(it.indexOf(':') + 1)).toSorted()).toEqual([pixCode, barcode].toSorted());
  });
});
