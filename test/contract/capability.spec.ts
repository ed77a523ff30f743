import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import ts from 'typescript';
import { operations } from '@libs/providers/contract/acts.js';
import { root } from '@test/support/sources.js';
import { partsOf } from './stand.js';

/** What the compiler says of a text that stands in this folder, by its lines. */
function refusedLines(lines: readonly string[]): readonly string[] {
  const path = join(root, 'test/contract/capability.text.ts');
  const config = ts.readConfigFile(join(root, 'tsconfig.json'), (file) => ts.sys.readFile(file)).config as object;
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const host = ts.createCompilerHost(options);
  const text = lines.join('\n');
  const program = ts.createProgram([path], options, {
    ...host,
    fileExists: (file) => file === path || host.fileExists(file),
    readFile: (file) => (file === path ? text : host.readFile(file)),
    getSourceFile: (file, language) =>
      file === path ? ts.createSourceFile(file, text, language) : host.getSourceFile(file, language),
  });
  const tree = program.getSourceFile(path)!;
  const found = [...program.getSyntacticDiagnostics(tree), ...program.getSemanticDiagnostics(tree)];
  const at = new Set(found.map(({ start = 0 }) => tree.getLineAndCharacterOfPosition(start).line));
  return lines.filter((_, i) => at.has(i));
}

describe('4: a capability is whole or absent, and what an outcome needs it has', () => {
  const capabilities = [...new Set(operations.map((it) => partsOf(it)[0]))];
  const whole: string[] = [
    `import type { Call } from '@libs/providers/contract/call.js';`,
    `import type { Outcome } from '@libs/providers/contract/outcome.js';`,
    `import type { Capability, Provider } from '@libs/providers/contract/provider.js';`,
    'declare const provider: Provider; export const provided: Provider = provider;',
    'declare const bare: Omit<Provider, "pix">; export const nothing: Provider = bare;',
  ];
  const wanting: string[] = [];
  for (const name of capabilities) {
    const type = `Capability<'${name}', object>`;
    whole.push(`declare const ${name}: ${type}; export const all${name}: ${type} = ${name};`);
    const acts = operations.map(partsOf).filter(([of]) => of === name);
    for (const member of ['find', 'proof', ...acts.map(([, act]) => act)]) {
      wanting.push(`export const x${member}: ${type} = {} as Omit<${type}, '${member}'>;`);
      wanting.push(
        `export const y${member}: Provider = {} as Omit<Provider, '${name}'> &
        { ${name}: Omit<${type}, '${member}'> };`.replaceAll(/\s+/g, ' '),
      );
    }
    for (const [, act] of acts) {
      const proofs = `Omit<${type}['proof'], '${act}'>`;
      wanting.push(`export const z${act}: ${type} = {} as Omit<${type}, 'proof'> & { proof: ${proofs} };`);
    }
  }
  for (const member of ['id', 'credentials', 'identify', 'keyOf']) {
    wanting.push(`export const p${member}: Provider = {} as Omit<Provider, '${member}'>;`);
  }
  const done = `Extract<Outcome, { kind: 'done' }>`;
  for (const member of ['ref', 'at', 'amount', 'currency', 'data']) {
    wanting.push(`export const d${member}: Outcome = {} as Omit<${done}, '${member}'>;`);
  }
  for (const member of ['key', 'credentials', 'input', 'leftMs']) {
    wanting.push(`export const c${member}: Call<1, object> = {} as Omit<Call<1, object>, '${member}'>;`);
  }

  it('the compiler takes the whole, and nothing that lacks a part', () => {
    expect(refusedLines([...whole, ...wanting])).toEqual(wanting);
  });
});
