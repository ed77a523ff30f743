import { now } from '@libs/kernel/clock.js';
import { bps, cents } from '@libs/money/cents.js';
import type { Operation } from '@libs/providers/contract/acts.js';
import type { BankslipInput, CardInput, PixInput } from '@libs/providers/contract/inputs.js';
import { registry } from '@libs/providers/registry.js';
import type { Sandbox } from '@apps/sandbox/server.js';
import { Bench } from './bench.js';
import { played } from './provider.suite.js';
import { receiver } from './sandbox.client.js';
import { Stand } from './stand.js';
import { type Exchange, Tap } from './tap.js';

/** Wishes whose bodies differ in every member that a body may have. */
const codes: readonly Partial<PixInput>[] = [
  {},
  { payer: { name: 'Maria de Souza', taxId: '12345678909' } },
  { payer: { name: 'Empresa Ltda', taxId: '12345678000195' } },
  { payer: { name: 'Sem documento' } },
  { payer: { name: 'x'.repeat(300), taxId: '12345678909', email: 'maria@example.com', phone: '+5511999990000' } },
  { instructions: 'Pedido 1' },
  { instructions: 'ação '.repeat(60) },
  { amount: cents(1) },
  { amount: cents(999_999_999_999n) },
  { expireSeconds: 1 },
  { expireSeconds: 2 ** 31 - 1 },
];
/** The same of sales by card; those that a provider calls unfit are not put to it. */
const sales: readonly Partial<CardInput>[] = [
  {},
  { capture: false },
  { installments: 12, amount: cents(12_000) },
  { payer: {} },
  { payer: { name: 'Empresa Ltda', taxId: '12345678000195', email: 'loja@example.com' } },
  { payer: { name: 'ç'.repeat(300), taxId: '123', email: `${'x'.repeat(300)}@example.com` } },
  { softDescriptor: 'Pão de Açúcar & Cia' },
  { softDescriptor: '***' },
  { amount: cents(50) },
  { amount: cents(99_999_999) },
  { ip: '2001:db8::1' },
  { type: 'debit', returnUrl: 'https://shop.example/back?order=1' },
];

const place = {
  street: 'Rua Augusta',
  number: '10',
  complement: 'ap 3',
  neighborhood: 'Consolação',
  city: 'São Paulo',
  state: 'SP',
  zipCode: '01305-000',
};
const person = { name: 'Maria de Souza', taxId: '12345678909', address: place };
/** And of slips. */
const slips: readonly Partial<BankslipInput>[] = [
  {},
  { payer: { ...person, address: undefined } },
  { payer: { ...person, address: { ...place, city: undefined } } },
  { payer: { ...person, name: 'Empresa Ltda', taxId: '12345678000195' } },
  { payer: { ...person, email: 'maria@example.com', phone: '+55 (11) 99999-0000', birthDate: '1990-02-28' } },
  { payer: { ...person, name: 'ç'.repeat(300), email: 'nobody', phone: '1', birthDate: '28/02/1990' } },
  { instructions: 'Não receber após o vencimento' },
  { fine: { rateBps: bps(200) }, interest: { monthlyBps: bps(100) } },
  { fine: { rateBps: bps(1_000) }, interest: { monthlyBps: bps(990) } },
  { payableDays: 0 },
  { payableDays: 120, dueOn: '2049-10-01' },
  { amount: cents(500) },
  { amount: cents(9_999_999_999n) },
];

/** Everything that our adapter of a provider says to it, and is told, when nothing goes wrong: word for word. */
export async function traffic(id: string, sandbox: Sandbox, directory: string): Promise<readonly Exchange[]> {
  const provider = registry.find((it) => it.id === id)!;
  const stand = new Stand(provider, sandbox);
  const tap = await Tap.open(sandbox, directory);
  const inbox = await receiver();
  try {
    const acts = played(provider);
    const credentials = stand.credentials();
    const leftMs = (): number => 5_000;
    new Bench(acts[0]!, stand, tap).tapped();
    await provider.identify({ credentials, input: {}, leftMs });
    for (let i = 0; i < 2; i += 1) {
      await provider.callbacks?.register?.({ credentials, input: { url: inbox.url, held: i > 0 }, leftMs });
    }
    for (const operation of acts) {
      const bench = new Bench(operation, stand, tap);
      const staged = await bench.stage();
      const done = await bench.done(staged);
      await bench.act(staged);
      await bench.find(staged);
      if (done.kind === 'done') {
        const { ref, receipt } = done;
        await provider.callbacks?.look?.({ credentials, input: { ref, receipt }, leftMs });
      }
    }
    await asked(stand);
    return [...tap.seen];
  } finally {
    await inbox.close();
    await tap.close();
  }
}

/** Every wish of the capabilities that it has. */
async function asked(stand: Stand): Promise<void> {
  const { provider, peer } = stand;
  const put = async (operation: Operation, wish: object): Promise<void> => {
    if (provider.unfit?.(operation, wish) !== undefined) return;
    const said = await stand.act(operation, { key: stand.key(operation), input: wish });
    if (said.kind !== 'pending' && said.kind !== 'done') {
      throw new Error(`the sandbox took no ${JSON.stringify(Object.keys(wish))}: ${JSON.stringify(said)}`);
    }
  };
  if (provider.pix) {
    for (const wish of codes) {
      await put('pix.create', { amount: cents(1000), currency: 'BRL', expireSeconds: 3600, ...wish });
    }
  }
  if (provider.bankslip) {
    const dueOn = new Date(now().getTime() + 86_400_000).toISOString().slice(0, 10);
    const usual = { amount: cents(1000), currency: 'BRL', dueOn, payableDays: 30, payer: person } as const;
    for (const wish of slips) await put('bankslip.create', { ...usual, ...wish });
  }
  if (!provider.cards) return;
  const usual = { amount: cents(1000), currency: 'BRL', type: 'credit', installments: 1, capture: true } as const;
  for (const wish of sales) {
    await put('cards.authorize', {
      ...usual,
      card: peer.card,
      payer: { name: 'Maria', taxId: '12345678909' },
      ...wish,
    });
  }
}
