import { redact } from '@libs/kernel/log.js';
import type { Exchange, Said } from './tap.js';

/** What an answer may be turned into, and what may be read out of it. */
type Path = readonly (string | number)[];

function paths(value: unknown, at: Path = []): readonly Path[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    const path = [...at, Array.isArray(value) ? Number(name) : name];
    // Addresses of what may be done next: one word of them is as good as another.
    return [path, ...(name === 'Links' ? [] : paths(inner, path))];
  });
}

const read = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>((it, name) => (it as Record<string, unknown>)[name], value);

/** The same body with one member replaced; undefined takes it away. */
function changed(body: string, path: Path, to: unknown): string {
  const json = JSON.parse(body) as unknown;
  const holder = read(json, path.slice(0, -1)) as Record<string, unknown>;
  holder[path.at(-1)!] = to;
  return JSON.stringify(json);
}

const oddities: readonly unknown[] = [undefined, null, 7, '', 'x', [], [null], {}, true, '0.00'];

/** Every answer that differs from this one by one member: gone, or of another kind. */
export const warped = ({ status, body }: Said, but: readonly string[] = []): readonly Said[] =>
  paths(JSON.parse(body))
    .filter((path) => !but.includes(String(path.at(-1))))
    .flatMap((path) =>
      oddities.map((oddity) => ({ status, body: changed(body, path, oddity) })).filter((it) => it.body !== body),
    );

/** Every answer in which one of these members says a word that nobody has seen. */
export const unheard = ({ status, body }: Said, words: readonly string[]): readonly Said[] =>
  paths(JSON.parse(body))
    .filter((path) => words.includes(String(path.at(-1))))
    .map((path) => ({ path, word: strange(read(JSON.parse(body), path)) }))
    .filter(({ word }) => word !== undefined)
    .map(({ path, word }) => ({ status, body: changed(body, path, word) }));
const strange = (word: unknown): unknown =>
  typeof word === 'string' ? 'NUNCA_VISTO' : typeof word === 'number' ? 777 : undefined;

/** Every answer in which one amount is another one: amounts are texts of a shape, or numbers of some names. */
export const mispriced = ({ status, body }: Said, texts?: RegExp, numbers?: RegExp): readonly Said[] =>
  paths(JSON.parse(body)).flatMap((path) => {
    const amount = read(JSON.parse(body), path);
    if (typeof amount === 'string' && texts?.test(amount)) {
      const more = amount.replace(/\d/, (it) => `${it}9`);
      return [{ status, body: changed(body, path, more) }];
    }
    const stated = typeof amount === 'number' && numbers?.test(String(path.at(-1)));
    return stated ? [{ status, body: changed(body, path, amount + 1) }] : [];
  });

/** Bodies that no provider of ours has written: a proxy, a load balancer, nobody at all. */
export const foreign: readonly string[] = [
  '',
  'null',
  '[]',
  '{}',
  '"x"',
  '{"message":"Service unavailable"}',
  '<html><body>Bad Gateway</body></html>',
  '{"txid":',
  `${'['.repeat(20_000)}${']'.repeat(20_000)}`,
];

/** Statuses of every class but the informational. */
export const statuses = [200, 201, 202, 204, 207, 301, 400, 401, 403, 404, 409, 410, 418, 422, 429, 500, 502, 503, 504];

/** A passage as somebody would print it who looks for a fault. */
export const sample = ({ method, path, sent, said }: Exchange): string =>
  [
    `${method} ${path}`,
    ...Object.entries(sent.headers).map(([name, value]) => `${name}: ${String(value)}`),
    sent.body,
    `${said?.status}`,
    ...Object.entries(said?.headers ?? {}).map(([name, value]) => `${name}: ${value}`),
    said?.body ?? '',
  ].join('\n');

/** Tokens that the provider has given away in these passages. */
export const tokens = (seen: readonly Exchange[]): readonly string[] =>
  seen.flatMap(({ said }) => /"access_token":"([^"]+)"/.exec(said?.body ?? '')?.[1] ?? []);

/** Secrets that can still be read in the passages after what the log does to them, as JSON, and as JSON in JSON. */
export const leaked = (seen: readonly Exchange[], secrets: readonly string[]): readonly string[] =>
  seen.flatMap((exchange) => {
    const json = JSON.stringify(exchange);
    return [sample(exchange), json, JSON.stringify({ json })]
      .map(redact)
      .filter((shown) => secrets.some((secret) => shown.includes(secret)))
      .map((shown) => shown.slice(0, 300));
  });
