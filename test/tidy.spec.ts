import { describe, expect, it } from 'vitest';
import * as laws from '@test/support/laws.js';
import { parse, readSources } from '@test/support/sources.js';
import * as style from '@test/support/style.js';

const sources = readSources();

describe('the style', () => {
  it.each(Object.entries(style))('%s', (_name, rule) => {
    expect(rule(sources)).toEqual([]);
  });
});

describe('the laws', () => {
  it.each(Object.entries(laws))('%s', (_name, rule) => {
    expect(rule(sources)).toEqual([]);
  });
});

/** A rule that never fails may be a rule that does not look: each is shown something it must refuse. */
describe('the rules bite', () => {
  const long = `export const f = () => {\n${'  g();\n'.repeat(70)}};\n`;
  const planted: [keyof typeof style | keyof typeof laws, string, string][] = [
    ['sizes', 'libs/pix/pix.service.ts', `// ${'x'.repeat(120)}\n`],
    ['sizes', 'libs/pix/pix.service.ts', '\n'.repeat(300) + 'f();\n'],
    ['functions', 'libs/pix/pix.service.ts', long],
    ['words', 'libs/pix/pix.helper.ts', ''],
    ['words', 'libs/pix/pix.service.ts', 'export const moneyUtil = 1;'],
    ['words', 'libs/pix/pix.service.ts', 'class A { handlePix() {} }'],
    ['words', 'libs/pix/pix.service.ts', 'interface IPix {}'],
    ['shape', 'libs/pix/deep/x.ts', ''],
    ['shape', 'libs/pix/Pix.ts', ''],
    ['shape', 'libs/pix/index.ts', ''],
    ['shape', 'libs/pix-codes/x.ts', ''],
    ['domains', 'libs/pix/pix.service.ts', ''],
    ['imports', 'libs/pix/x.ts', `import { a } from '../money/cents.js';`],
    ['imports', 'libs/pix/x.ts', `import { a } from '@libs/money/cents';`],
    ['imports', 'libs/pix/x.ts', `export { a } from './y.js';`],
    ['imports', 'libs/pix/x.ts', 'export default 1;'],
    ['imports', 'libs/pix/x.ts', `import { a } from '@test/support/app.js';`],
    ['excuses', 'libs/pix/x.ts', 'const a: any = 1;'],
    ['excuses', 'libs/pix/x.ts', '// TODO later'],
    ['excuses', 'libs/pix/x.ts', '// @ts-ignore'],
    ['time', 'libs/pix/x.ts', 'const a = Date.now();'],
    ['time', 'libs/pix/x.ts', 'const a = new Date();'],
    ['time', 'migrations/x.ts', 'const a = `select now()`;'],
    ['time', 'libs/pix/x.ts', 'const a = `update t set at = ${b}, to = current_timestamp`;'],
    ['environment', 'libs/pix/x.ts', `const a = process.env['X'];`],
    ['money', 'libs/ledger/x.ts', 'const a = Number(row.amount);'],
    ['money', 'libs/charges/x.ts', 'const a = Math.round(b);'],
    ['registry', 'libs/providers/registry.ts', `import { a } from './acme/acme.provider.js';`],
    ['importers', 'libs/pix/x.ts', 'export const a = 1;'],
    ['points', 'libs/kernel/point.ts', `export const points = [\n  'claim.before',\n] as const;`],
  ];
  it.each(planted)('%s: %s', (name, path, text) => {
    const rules: Record<string, style.Rule> = { ...style, ...laws };
    expect(rules[name]!([parse(path, text)])).not.toEqual([]);
  });

  it('lets a moment given and the clock of the database pass', () => {
    const text = 'const a = new Date(b); const c = `select clock_now(), ${now()}`; // now()';
    expect(laws.time([parse('libs/pix/x.ts', text)])).toEqual([]);
    const clock = 'const sql = `create function clock_now() returns timestamptz return now() + offset`;';
    expect(laws.time([parse('migrations/x.ts', clock)])).toEqual([]);
  });
});
