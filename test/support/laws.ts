import { posix } from 'node:path';
import ts from 'typescript';
import { filesIn, findings, inTest, isSpec, isText, read, targetOf, visit } from './sources.js';
import type { Rule } from './style.js';

const clock = 'libs/kernel/clock.ts';

function readsTheMachine(node: ts.Node): boolean {
  if (ts.isPropertyAccessExpression(node)) return node.getText() === 'Date.now';
  if (ts.isNewExpression(node)) return node.expression.getText() === 'Date' && !node.arguments?.length;
  return ts.isCallExpression(node) && node.expression.getText() === 'Date';
}

const called = 'now|clock_timestamp|transaction_timestamp|statement_timestamp';
const bareNow = new RegExp(
  `(?<![\\w.])(${called})\\s*\\(\\s*\\)|\\b(current_timestamp|localtimestamp|current_date)\\b`,
  'i',
);
const definesTheClock = /function\s+([\w"]+\.)?clock_now\b/i;

/** One clock: code asks `now()` of the kernel, SQL asks `clock_now()`. Nothing else knows what time it is. */
export const time: Rule = (sources) =>
  findings(
    sources.filter(({ path }) => path !== clock && !inTest(path)),
    (node) => {
      if (readsTheMachine(node)) return `${node.getText()}: ask the kernel's clock`;
      if (!isText(node) || definesTheClock.test(node.text)) return undefined;
      const found = bareNow.exec(node.text);
      return found ? `${found[0]} in SQL: ask clock_now()` : undefined;
    },
  );

const configured = (path: string): boolean =>
  inTest(path) || path.startsWith('apps/') || path === 'libs/kernel/config.ts' || path === 'libs/kernel/point.ts';

export const environment: Rule = (sources) =>
  findings(
    sources.filter(({ path }) => !configured(path)),
    (node) =>
      ts.isPropertyAccessExpression(node) && node.getText() === 'process.env'
        ? 'process.env: ask the configuration'
        : undefined,
  );

const counting = /^libs\/(money|ledger|charges)\//;
const inexact = /^(Number|Number\.parseFloat|parseFloat)$/;
const rounding = /^Math\.(round|floor|ceil|trunc)$/;
const amount = /amount|cents|balance|fee|price|cost|paid|refunded|sum/i;

/** Cents are whole numbers to the end: the one door out of them is `toJson` in libs/money/cents.ts. */
export const money: Rule = (sources) =>
  findings(
    sources.filter(({ path }) => path !== 'libs/money/cents.ts' && !inTest(path)),
    (node, { path }) => {
      if (!ts.isCallExpression(node)) return undefined;
      const name = node.expression.getText();
      const floats = inexact.test(name) && node.arguments.some((argument) => amount.test(argument.getText()));
      const rounds = rounding.test(name) && counting.test(path);
      return floats || rounds ? `${node.getText()}: money is counted in whole cents` : undefined;
    },
  );

/** The same law where the type tells: no bigint becomes a float anywhere. */
export const cents: Rule = (sources) => {
  const config = ts.readConfigFile('tsconfig.json', (path) => read(path)).config as object;
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, '.');
  const paths = sources.map(({ path }) => path).filter((path) => /^(apps|libs)\//.test(path) && !inTest(path));
  const program = ts.createProgram(paths, options);
  const checker = program.getTypeChecker();
  const parsed = program.getSourceFiles().flatMap((tree) => {
    const path = posix.relative(process.cwd(), tree.fileName);
    return paths.includes(path) && path !== 'libs/money/cents.ts' ? [{ path, text: tree.text, tree }] : [];
  });
  return findings(parsed, (node) => {
    if (!ts.isCallExpression(node) || node.expression.getText() !== 'Number' || !node.arguments[0]) return undefined;
    const type = checker.getBaseTypeOfLiteralType(checker.getTypeAtLocation(node.arguments[0]));
    const parts = type.isUnionOrIntersection() ? type.types : [type];
    const whole = parts.some((part) => (part.flags & ts.TypeFlags.BigIntLike) !== 0);
    return whole ? `${node.getText()}: a whole amount becomes a float` : undefined;
  });
};

/** A provider is one folder and one line: neither without the other. */
export const registry: Rule = (sources) => {
  const list = sources.find(({ path }) => path === 'libs/providers/registry.ts');
  if (!list) return ['libs/providers/registry.ts is missing'];
  const folders = new Set(
    sources
      .flatMap(({ path }) => /^libs\/providers\/([a-z0-9]+)\//.exec(path)?.[1] ?? [])
      .filter((it) => it !== 'contract'),
  );
  const named = new Set(list.text.match(/(?<=['"](?:@libs\/providers|\.)\/)[a-z0-9]+(?=\/)/g));
  named.delete('contract');
  return [
    ...[...folders].filter((folder) => !named.has(folder)).map((folder) => `${folder} is not in the registry`),
    ...[...named].filter((name) => !folders.has(name)).map((name) => `${name} is in the registry and has no folder`),
  ];
};

/** What is begun by name instead of by an import: by scripts, by the settings of the tests, as another process. */
function entries(): Set<string> {
  const scripts = read('package.json').match(/dist\/[\w./-]+(?=\.js)/g) ?? [];
  const named = ['vitest.config.ts', 'test/support/app.ts'].flatMap(
    (path) => read(path).match(/test\/support\/\w+\.ts/g) ?? [],
  );
  return new Set([...scripts.map((path) => `${path.slice('dist/'.length)}.ts`), ...named]);
}

/** Nothing lies about that nothing needs; a test alone is no need. */
export const importers: Rule = (sources) => {
  const needed = entries();
  for (const source of sources) {
    visit(source.tree, (node) => {
      const target = isText(node) ? targetOf(node.text, source.path) : undefined;
      const counts = target?.startsWith('test/') || !inTest(source.path) || target?.startsWith('apps/');
      if (target && counts && target !== source.path) needed.add(target);
    });
  }
  return sources
    .map(({ path }) => path)
    .filter((path) => !needed.has(path) && !isSpec(path) && !/^(migrations\/|mikro-orm)/.test(path))
    .filter((path) => !path.startsWith('test/flows/sources/'))
    .map((path) => `${path} is imported by nobody`);
};

/** A crash point that is listed and never passed would be waited for in vain, one that is not listed never tested. */
export const points: Rule = (sources) => {
  const list = sources.find(({ path }) => path === 'libs/kernel/point.ts');
  const listed = [...(list?.text.match(/(?<=^ {2}')[a-z.]+(?=',$)/gm) ?? [])];
  const passed = new Set<string>();
  for (const { tree, path } of sources) {
    if (inTest(path)) continue;
    visit(tree, (node) => {
      if (!ts.isCallExpression(node) || node.expression.getText() !== 'point') return;
      for (const name of node.arguments) visit(name, (part) => void (isText(part) && passed.add(part.text)));
    });
  }
  return listed.filter((name) => !passed.has(name)).map((name) => `the crash point ${name} is passed nowhere`);
};

const foreign = new RegExp(
  [
    '(?<![\\w.@-])/(work|home|root|Users)/\\w',
    'registry\\.(?!npmjs\\.org)[\\w-]+\\.\\w+',
    '"resolved": "(?!https://registry\\.npmjs\\.org/)',
  ].join('|'),
);
const binary = /\.(png|jpg|ico|woff2?|pfx|p12|gz)$/;

/** What stands in the project is true on every machine. */
export function places(): string[] {
  return filesIn('.')
    .filter((path) => !binary.test(path) && path !== 'test/support/laws.ts' && path !== 'test/tidy.spec.ts')
    .flatMap((path) =>
      read(path)
        .split('\n')
        .flatMap((line, i) => (foreign.test(line) ? [`${path}:${i + 1} ${line.trim().slice(0, 100)}`] : [])),
    );
}

/** Versions are what was tested, to the digit. */
export function versions(): string[] {
  const pack = JSON.parse(read('package.json')) as Record<string, Record<string, string> | undefined>;
  return ['dependencies', 'devDependencies', 'optionalDependencies', 'overrides'].flatMap((kind) =>
    Object.entries(pack[kind] ?? {})
      .filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
      .map(([name, version]) => `${name}: ${version} is not one version`),
  );
}
