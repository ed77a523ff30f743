import { cents } from '@libs/money/cents.js';
import { operations } from '@libs/providers/contract/acts.js';
import type { PixInput } from '@libs/providers/contract/inputs.js';
import { registry } from '@libs/providers/registry.js';
import type { Sandbox } from '@apps/sandbox/server.js';
import { Bench } from './bench.js';
import { receiver } from './sandbox.client.js';
import { Stand } from './stand.js';
import { type Exchange, Tap } from './tap.js';

/** Wishes whose bodies differ in every member that a body may have. */
const wishes: readonly Partial<PixInput>[] = [
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

/** Everything that our adapter of a provider says to it, and is told, when nothing goes wrong: word for word. */
export async function traffic(id: string, sandbox: Sandbox, directory: string): Promise<readonly Exchange[]> {
  const provider = registry.find((it) => it.id === id)!;
  const stand = new Stand(provider, sandbox);
  const tap = await Tap.open(sandbox, directory);
  const inbox = await receiver();
  try {
    const credentials = stand.credentials();
    const leftMs = (): number => 5_000;
    new Bench('pix.create', stand, tap).tapped();
    await provider.identify({ credentials, input: {}, leftMs });
    for (let i = 0; i < 2; i += 1) {
      await provider.callbacks?.register?.({ credentials, input: { url: inbox.url }, leftMs });
    }
    for (const operation of operations) {
      const bench = new Bench(operation, stand, tap);
      const staged = await bench.stage();
      const done = await bench.done(staged);
      await bench.act(staged);
      await bench.find(staged);
      if (done.kind === 'done') {
        await provider.callbacks?.look?.({ credentials, input: { receipt: done.receipt }, leftMs });
      }
    }
    for (const wish of wishes) {
      const input: PixInput = { amount: cents(1000), currency: 'BRL', expireSeconds: 3600, ...wish };
      const said = await stand.act('pix.create', { key: stand.key('pix.create'), input });
      if (said.kind !== 'pending') throw new Error(`the sandbox took no ${Object.keys(wish).join()}: ${said.kind}`);
    }
    return [...tap.seen];
  } finally {
    await inbox.close();
    await tap.close();
  }
}
