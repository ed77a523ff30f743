import { buildCode } from '@libs/brazil/barcode.js';
import { staticCode } from '@libs/brazil/brcode.js';
import { type SlipPage, slipPdf } from '@libs/bankslip/pdf.js';
import { bps, cents } from '@libs/money/cents.js';

/** Pages as `GET /bankslip/{id}/pdf` makes them, no two alike, one after another in a process of their own. */
export interface PaperFigures {
  readonly pages: number;
  /** By the time that passed, and by the time that a core was busy with them: what is packed runs beside. */
  readonly perSecond: number;
  readonly perCore: number;
  readonly kb: number;
}

const milliseconds = 1_000 * Number(process.env['BENCH_SECONDS'] ?? 8);
const dueOn = '2040-12-05';
const pixCode = staticCode({ key: '123e4567-e12b-12d1-a456-426655440000', name: 'Açaí', city: 'Belém' });
const address = { street: 'Rua do Alecrim', number: '25', neighborhood: 'Centro', city: 'São Paulo', state: 'SP' };

function slip(n: number): SlipPage {
  const amount = 1_000 + n;
  const free = String(n).padStart(25, '0');
  return {
    ...buildCode({ bank: '364', dueOn, amountCents: BigInt(amount), freeField: free }),
    amount: cents(amount),
    dueOn,
    issuedOn: '2040-11-21',
    payableDays: 30,
    beneficiary: { name: 'Açaí & Pão de Queijo Ltda.', taxId: '12ABC34501DE35' },
    payer: { name: 'João Antônio Gonçalves Guimarães', taxId: '45576360044', address },
    number: `${n}`,
    reference: `PEDIDO-${n}`,
    instructions: 'Mensalidade de dezembro, turma B. Dúvidas: (11) 3456-7890, das 9h às 18h.',
    fine: { rateBps: bps(200) },
    interest: { monthlyBps: bps(100) },
    pixCode,
  };
}

let [n, bytes] = [0, 0];
const print = async (forMs: number): Promise<void> => {
  const startedAt = performance.now();
  while (performance.now() - startedAt < forMs) bytes += (await slipPdf(slip((n += 1)))).length;
};
await print(1_000); // warms
[n, bytes] = [0, 0];
const [startedAt, before] = [performance.now(), process.cpuUsage()];
await print(milliseconds);
const { user, system } = process.cpuUsage(before);
process.send?.({
  pages: n,
  perSecond: n / ((performance.now() - startedAt) / 1_000),
  perCore: n / ((user + system) / 1_000_000),
  kb: bytes / n / 1_024,
} satisfies PaperFigures);
if (process.connected) process.disconnect();
