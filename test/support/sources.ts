import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, posix, resolve } from 'node:path';
import ts from 'typescript';

export const root = resolve(import.meta.dirname, '../..');

/** One TypeScript file of the project, parsed. */
export interface Source {
  /** From the root of the project, with `/`. */
  readonly path: string;
  readonly text: string;
  readonly tree: ts.SourceFile;
}

const notOurs = new Set(['node_modules', 'dist', '.git', 'coverage']);

/** Every file of ours below a folder, without what is installed, built or made by a run. */
export function filesIn(directory: string): string[] {
  if (!existsSync(join(root, directory))) return [];
  return readdirSync(join(root, directory), { withFileTypes: true }).flatMap((entry) => {
    const path = posix.join(directory, entry.name);
    if (entry.isDirectory()) return notOurs.has(entry.name) || /^\.(data|demo)/.test(entry.name) ? [] : filesIn(path);
    return entry.isFile() ? [path] : [];
  });
}

export const read = (path: string): string => readFileSync(join(root, path), 'utf8');

export const parse = (path: string, text: string): Source => ({
  path,
  text,
  tree: ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true),
});

export function readSources(): Source[] {
  const paths = [...['apps', 'libs', 'test', 'migrations'].flatMap(filesIn), 'mikro-orm.config.ts'];
  return paths
    .filter((path) => path.endsWith('.ts') && existsSync(join(root, path)))
    .map((path) => parse(path, read(path)));
}

export function visit(node: ts.Node, look: (node: ts.Node) => void): void {
  look(node);
  node.forEachChild((child) => visit(child, look));
}

export const lineOf = (source: Source, position: number): number =>
  source.tree.getLineAndCharacterOfPosition(position).line + 1;

/** A finding of a rule: where it is, and what. */
export const at = (source: Source, node: ts.Node, what: string): string =>
  `${source.path}:${lineOf(source, node.getStart())} ${what}`;

/** Every node of every source for which `judge` has something to say. */
export function findings(
  sources: readonly Source[],
  judge: (node: ts.Node, source: Source) => string | undefined,
): string[] {
  const found: string[] = [];
  for (const source of sources) {
    visit(source.tree, (node) => {
      const what = judge(node, source);
      if (what !== undefined) found.push(at(source, node, what));
    });
  }
  return found;
}

export const isSpec = (path: string): boolean => path.endsWith('.spec.ts');
export const inTest = (path: string): boolean => path.startsWith('test/') || isSpec(path);
export const folderOf = (path: string): string => basename(posix.dirname(path));

/** The literal pieces of strings and templates, where SQL and paths stand. */
export const isText = (node: ts.Node): node is ts.LiteralLikeNode =>
  ts.isStringLiteral(node) ||
  ts.isNoSubstitutionTemplateLiteral(node) ||
  node.kind === ts.SyntaxKind.TemplateHead ||
  node.kind === ts.SyntaxKind.TemplateMiddle ||
  node.kind === ts.SyntaxKind.TemplateTail;

/** The module a file names in an import, an export or a dynamic import. */
export function specifierOf(node: ts.Node): string | undefined {
  if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier) {
    return ts.isStringLiteral(node.moduleSpecifier) ? node.moduleSpecifier.text : undefined;
  }
  if (!ts.isCallExpression(node) || node.expression.kind !== ts.SyntaxKind.ImportKeyword) return undefined;
  const [named] = node.arguments;
  return named && ts.isStringLiteral(named) ? named.text : undefined;
}

/** The source a text names, as an import does (`./x.js`, `@libs/x.js`) or as the build does (`dist/apps/x.js`). */
export function targetOf(text: string, from: string): string | undefined {
  if (!text.endsWith('.js')) return undefined;
  const path = `${text.slice(0, -3)}.ts`;
  if (path.startsWith('./')) return posix.join(posix.dirname(from), path);
  if (/^@(libs|apps|test)\//.test(path)) return path.slice(1);
  return path.startsWith('dist/') ? path.slice('dist/'.length) : undefined;
}
