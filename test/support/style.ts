import { basename, posix } from 'node:path';
import ts from 'typescript';
import { at, findings, inTest, lineOf, specifierOf, visit, type Source } from './sources.js';

/** A rule of style: what it finds wrong, one line each. */
export type Rule = (sources: readonly Source[]) => string[];

const longestFile = 300;
const longestFunction = 70;
const widestLine = 120;

const data = (path: string): boolean => path.startsWith('test/flows/sources/');

export const sizes: Rule = (sources) =>
  sources.flatMap((source) => {
    const lines = source.text.trimEnd().split('\n');
    const wide = lines.flatMap((line, i) =>
      [...line].length > widestLine ? [`${source.path}:${i + 1} too wide`] : [],
    );
    return lines.length > longestFile && !data(source.path)
      ? [`${source.path} has ${lines.length} lines`, ...wide]
      : wide;
  });

/** A suite is a list of tests and a migration a text of SQL: neither is a function that is too long. */
const exempt = (node: ts.Node, source: Source): boolean =>
  source.path.startsWith('migrations/') ||
  (ts.isCallExpression(node.parent) && /^describe\b/.test(node.parent.expression.getText()));

export const functions: Rule = (sources) =>
  findings(sources, (node, source) => {
    if (!ts.isFunctionLike(node) || !('body' in node) || !node.body || exempt(node, source)) return undefined;
    const start = (node.name ?? node.parameters[0] ?? node).getStart();
    const lines = lineOf(source, node.getEnd()) - lineOf(source, start) + 1;
    return lines > longestFunction ? `function of ${lines} lines` : undefined;
  });

const bannedWords = new Set('process handle manage helper helpers util utils utility manager impl'.split(' '));
const wordsOf = (name: string): string[] =>
  (name.match(/[A-Z]?[a-z]+|[A-Z]+(?![a-z])/g) ?? []).map((w) => w.toLowerCase());
const banned = (name: string): boolean => wordsOf(name).some((word) => bannedWords.has(word));

function declaredName(node: ts.Node): string | undefined {
  const declares =
    ts.isVariableDeclaration(node) ||
    ts.isParameter(node) ||
    ts.isFunctionDeclaration(node) ||
    ts.isClassDeclaration(node) ||
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node) ||
    ts.isEnumDeclaration(node) ||
    ts.isMethodDeclaration(node) ||
    ts.isPropertyDeclaration(node) ||
    ts.isMethodSignature(node) ||
    ts.isPropertySignature(node);
  return declares && node.name && ts.isIdentifier(node.name) ? node.name.text : undefined;
}

export const words: Rule = (sources) => [
  ...sources.filter(({ path }) => path.split('/').some(banned)).map(({ path }) => `${path} says nothing by its name`),
  ...findings(sources, (node) => {
    const name = declaredName(node);
    if (name === undefined) return undefined;
    if (ts.isInterfaceDeclaration(node) && /^I[A-Z][a-z]/.test(name)) return `${name} is marked as an interface`;
    return banned(name) ? `${name} says nothing` : undefined;
  }),
];

const foldersOf = (path: string): string[] => posix.dirname(path).split('/');
const fileName = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z]+)*\.ts$/;
const depths: Record<string, number> = { apps: 2, libs: 2, test: 2, migrations: 2 };

/** Flat: `libs/<word>/<file>`; one level more for the providers, whose folder is a room each on either
 * side of the wire, and for printed data. */
export const shape: Rule = (sources) =>
  sources.flatMap(({ path }) => {
    if (!path.includes('/')) return [];
    const folders = foldersOf(path);
    const deepest = /^(libs\/providers|apps\/sandbox|test\/flows\/sources)\//.test(path) ? 3 : depths[folders[0]!]!;
    const wrong: string[] = [];
    if (folders.length > deepest) wrong.push(`${path} lies too deep`);
    if (!folders.every((folder) => /^[a-z0-9]+$/.test(folder))) wrong.push(`${path}: a folder is one word`);
    if (folders[0] !== 'migrations' && !fileName.test(basename(path)))
      wrong.push(`${path}: a file is named in small letters`);
    if (basename(path) === 'index.ts') wrong.push(`${path}: a barrel`);
    return wrong;
  });

const pure = new Set(['kernel', 'money', 'brazil', 'providers']);

/** What a domain is made of: a module that names it, and behind every controller a service that does the work. */
export const domains: Rule = (sources) => {
  const inside = sources.filter(({ path }) => path.startsWith('libs/') && foldersOf(path).length > 1);
  const folders = new Set(inside.map(({ path }) => foldersOf(path)[1]!));
  return [...folders].flatMap((folder) => {
    if (pure.has(folder)) return [];
    const names = inside.filter(({ path }) => foldersOf(path)[1] === folder).map(({ path }) => basename(path));
    const wrong = names.includes(`${folder}.module.ts`) ? [] : [`libs/${folder} has no ${folder}.module.ts`];
    const served = names.some((name) => name.endsWith('.service.ts'));
    if (names.some((name) => name.endsWith('.controller.ts')) && !served) wrong.push(`libs/${folder} has no service`);
    return wrong;
  });
};

/** Files whose default export another tool demands. */
const defaults = new Set(['test/support/setup.ts', 'test/support/totals.ts', 'mikro-orm.config.ts']);

function exportsDefault(node: ts.Node): boolean {
  if (ts.isExportAssignment(node)) return true;
  if (ts.isExportSpecifier(node)) return node.name.text === 'default';
  if (!ts.isFunctionDeclaration(node) && !ts.isClassDeclaration(node)) return false;
  return node.modifiers?.some((modifier) => modifier.kind === ts.SyntaxKind.DefaultKeyword) ?? false;
}

export const imports: Rule = (sources) =>
  findings(sources, (node, source) => {
    if (exportsDefault(node) && !defaults.has(source.path)) return 'default export';
    const name = specifierOf(node);
    if (name === undefined) return undefined;
    if (ts.isExportDeclaration(node)) return `hands on ${name}: a barrel`;
    if (/^\.\.(\/|$)/.test(name)) return `${name} climbs`;
    if (/^@(libs|apps|test)\//.test(name) && !name.endsWith('.js')) return `${name} has no .js`;
    if (name.startsWith('.') && !/^\.\/.+\.js$/.test(name)) return `${name} has no .js`;
    return name.startsWith('@test/') && !inTest(source.path) ? `${name} is of the tests` : undefined;
  });

const excuse = /@ts-(ignore|expect-error|nocheck)|(eslint|oxlint)-disable|TODO|FIXME/;

export const excuses: Rule = (sources) =>
  sources.flatMap((source) => {
    const found: string[] = [];
    visit(source.tree, (node) => {
      if (node.kind === ts.SyntaxKind.AnyKeyword) found.push(at(source, node, 'any'));
    });
    const lines = source.text.split('\n');
    if (source.path === 'test/tidy.spec.ts' || source.path === 'test/support/style.ts') return found;
    return [
      ...found,
      ...lines.flatMap((line, i) => (excuse.test(line) ? [`${source.path}:${i + 1} ${line.trim()}`] : [])),
    ];
  });
