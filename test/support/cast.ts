import type { Answer, Api } from './app.js';
import type { Contract, Operation } from './document.js';
import type { Cast } from './hostile.js';
import { serialise } from './mutants.js';
import { as, type Scene } from './scene.js';

const basic = (pair: string): string => `Basic ${Buffer.from(pair).toString('base64')}`;
const nowhere = '01990000-0000-7000-8000-000000000001';

interface Key {
  readonly id: string;
  readonly key: string;
}
type Ids = Readonly<Record<string, string>>;
type Who = readonly [who: string, authorization: string | undefined, status: number];

/** The people and the things of a running platform, found by what its own document says. */
export class Company implements Cast {
  private readonly living = new Map<string, Ids>();
  /** Operations of whose path there is nothing alive. */
  readonly lifeless: string[] = [];

  private constructor(
    private readonly scene: Scene,
    private readonly contract: Contract,
    /** A key of each scope alone. */
    private readonly scoped: ReadonlyMap<string, Key>,
    /** Of another merchant, and of the other mode of the same one; both may everything. */
    private readonly foreign: readonly (readonly [who: string, key: Key])[],
  ) {}

  /** `known` says what no list does: collection of a path to the id in it. */
  static async gather(scene: Scene, contract: Contract, known: Ids): Promise<Company> {
    const merchant = known['/admin/merchants']!;
    const keyOf = async (id: string, body: object): Promise<Key> =>
      as<Key>((await scene.admin('POST', `/admin/merchants/${id}/keys`, { name: 'x', ...body })).body);
    const scopes = contract.words('CreateKeyDto', 'scopes').filter((it) => it !== '*');
    const scoped = new Map<string, Key>();
    for (const scope of scopes) scoped.set(scope, await keyOf(merchant, { scopes: [scope] }));
    const other = await scene.admin('POST', '/admin/merchants', { name: 'Outra loja' });
    const foreign = [
      ['another merchant', await keyOf(as<{ id: string }>(other.body).id, {})],
      ['the other mode', await keyOf(merchant, { mode: 'live' })],
    ] as const;
    const company = new Company(scene, contract, scoped, foreign);
    for (const operation of contract.operations) await company.find(operation, known);
    return company;
  }

  ids({ path }: Operation): Ids {
    return this.living.get(path) ?? {};
  }

  alive({ name }: Operation): boolean {
    return !this.lifeless.includes(name);
  }

  rightful({ security, scope }: Operation): string | undefined {
    if (security.length === 0) return undefined;
    if (security.includes('cliente')) {
      const { id, key } = this.scoped.values().next().value!;
      return basic(`${id}:${key}`);
    }
    return `Bearer ${scope === 'administrator' ? this.scene.app.adminKey : this.scene.app.merchantKey}`;
  }

  wrongful(operation: Operation): readonly Who[] {
    const { security, scope, path } = operation;
    if (security.length === 0) return [];
    const { merchantKey, adminKey } = this.scene.app;
    const who: Who[] = nobodies.map((it) => [it ?? 'nobody', it, 401]);
    for (const key of [merchantKey, adminKey]) who.push(...spoiled(key).map((it): Who => [it, it, 401]));
    if (security.includes('cliente')) {
      const [one, other] = [...this.scoped.values()];
      for (const it of [`:${one!.key}`, `${one!.id}:x`, `${other!.id}:${one!.key}`, `${nowhere}:${one!.key}`]) {
        who.push([it, basic(it), 401]);
      }
      return [...who, ['its key alone', `Bearer ${one!.key}`, 401]];
    }
    if (scope === 'administrator') {
      const keys = [merchantKey, ...[...this.scoped.values()].map((it) => it.key)];
      return [...who, ...keys.map((it): Who => ['a merchant', `Bearer ${it}`, 403])];
    }
    who.push(['an administrator', `Bearer ${adminKey}`, 403]);
    for (const [name, { key }] of this.scoped) if (name !== scope) who.push([`scope ${name}`, `Bearer ${key}`, 403]);
    const strangers = path.includes('{') ? this.foreign : [];
    return [...who, ...strangers.map(([name, { key }]): Who => [name, `Bearer ${key}`, 404])];
  }

  /** Something alive for each parameter of a path: the newest of its collection, else one that is made there. */
  private async find({ path, scope, name }: Operation, known: Ids): Promise<void> {
    const ids: Record<string, string> = {};
    const ask = scope === 'administrator' ? this.scene.admin : this.scene.api;
    for (const [, parameter] of path.matchAll(/\{(\w+)\}/g)) {
      const template = path.slice(0, path.indexOf(`/{${parameter}}`));
      const address = template.replaceAll(/\{(\w+)\}/g, (_, it: string) => ids[it]!);
      const found = known[template] ?? (await this.newest(ask, template, address));
      if (found === undefined) this.lifeless.push(name);
      ids[parameter!] = found ?? nowhere;
    }
    this.living.set(path, ids);
  }

  private async newest(ask: Api, template: string, address: string): Promise<string | undefined> {
    const of = (method: string): Operation | undefined =>
      this.contract.operations.find((it) => it.path === template && it.method === method);
    const [list, create] = [of('GET'), of('POST')];
    const query = (list?.parameters ?? [])
      .filter((it) => it.in === 'query' && it.required === true)
      .map((it) => `${it.name}=${String(it.example ?? it.schema.example)}`);
    const found = list && idOf(await ask('GET', [address, ...query].join('?')));
    if (found !== undefined || create === undefined) return found;
    const example = create.body?.examples[0];
    return idOf(await ask('POST', address, example === undefined ? undefined : serialise(example)));
  }
}

function idOf({ status, body }: Answer): string | undefined {
  if (status >= 300) return undefined;
  const { data } = as<{ data?: { id: string }[] }>(body);
  const [first] = Array.isArray(body) ? as<{ id: string }[]>(body) : (data ?? [as<{ id?: string }>(body)]);
  return first?.id;
}

const nobodies: readonly (string | undefined)[] = [
  [undefined, '', 'Bearer', 'Bearer ', 'Basic', 'Basic !!!', 'Digest x', 'Bearer a b', 'sk_test_local', 'Bearer null'],
  ['Bearer sk_test_nobody', 'Bearer sk_live_nobody', 'Bearer ak_nobody', 'Bearer \u00e9', 'Bearer __proto__'],
  [`Bearer ' or 1=1 --`, `Bearer ${'k'.repeat(2_000)}`, ...[':', 'x', ':sk_test_nobody', ':a\0b'].map(basic)],
].flat();
const spoiled = (key: string): readonly string[] => [
  key,
  ...[`${key}x`, key.slice(0, -1), key.toUpperCase(), `${key} ${key}`, `${key}\u00a0`].map((it) => `Bearer ${it}`),
  ...[`x:${key}`, key].map(basic),
  `Bearer ${basic(`:${key}`)}`,
];
