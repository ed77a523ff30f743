import { randomUUID } from 'node:crypto';
import { noFee } from '@libs/money/fee.js';
import { cents } from '@libs/money/cents.js';
import type { Recent } from '@libs/routing/approval.js';
import { type Facts, type Instruction, type LaneFact, plan } from '@libs/routing/plan.js';
import type { Rule } from '@libs/routing/rules.js';
import { registry } from '@libs/providers/registry.js';

const lane = (priority: number): LaneFact => ({
  id: randomUUID(),
  merchantId: 'm',
  credentialId: randomUUID(),
  provider: 'gerencianet',
  operation: 'pix.create',
  mode: 'test',
  priority,
  weight: null,
  conditions: { amountMin: 1, amountMax: 1_000_000, weekdays: [1, 2, 3, 4, 5, 6, 7] },
  settleDays: 0,
  settleOn: 'calendar',
  unproven: false,
  cost: { ...noFee, rateBps: 100 + priority, byInstallments: [{ installments: 2, rateBps: 250 }] },
  price: { ...noFee, rateBps: 399, fixed: 20, minimum: 30 },
  reroute: [],
  usable: true,
  takes: 'BRL',
  environment: 'simulator',
});

/** Forty-nine that look at much and do not hold, and the dearest strategy at the end. */
const rules: readonly Rule[] = [
  ...Array.from({ length: 49 }, (_, i): Rule => ({
    when: {
      method: 'pix',
      amountMin: 1,
      currency: 'BRL',
      weekdays: [1, 2, 3, 4, 5, 6, 7],
      hours: { from: 0, to: i % 9 },
    },
    prefer: ['gerencianet'],
  })),
  { strategy: 'approval' },
];

/** p50 and p99 of a plan over 20 lanes and 50 rules, in microseconds. */
export function planFigures(runs = 20_000): { readonly p50: number; readonly p99: number } {
  const lanes = Array.from({ length: 20 }, (_, i) => lane(20 - i));
  const recent = (i: number): Recent => {
    const tally = { attempts: 300, approved: 200 + i };
    return { ...tally, like: new Map([[':::', tally]]) };
  };
  const facts: Facts = {
    lanes,
    providers: registry,
    tripped: new Map(),
    rules: { version: 1, rules },
    approvals: new Map(lanes.map((it, i) => [it.credentialId, recent(i)])),
    at: new Date('2026-01-01T12:00:00Z'),
  };
  const instruction = (): Instruction => ({
    merchantId: 'm',
    mode: 'test',
    operation: 'pix.create',
    amount: cents(1000),
    currency: 'BRL',
    owner: { kind: 'pix', id: randomUUID() },
    input: { amount: cents(1000), currency: 'BRL', expireSeconds: 3600 },
  });
  const took: number[] = [];
  for (let i = 0; i < runs + 2_000; i += 1) {
    const wish = instruction();
    const start = process.hrtime.bigint();
    plan(wish, facts);
    if (i >= 2_000) took.push(Number(process.hrtime.bigint() - start) / 1_000);
  }
  took.sort((a, b) => a - b);
  return { p50: took[Math.floor(runs * 0.5)]!, p99: took[Math.floor(runs * 0.99)]! };
}
