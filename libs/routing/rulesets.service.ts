import { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { type Cache, Caches } from '@libs/kernel/cache.js';
import { type FieldFault, InvalidFault } from '@libs/kernel/fault.js';
import { type Em, tx } from '@libs/kernel/transaction.js';
import { noRules, type Rule, type Ruleset } from './rules.js';

const cacheName = 'rulesets';

interface Row {
  readonly version: number;
  readonly rules: readonly Rule[];
  readonly created_at: string | Date;
}
/** A version with the moment it was made; null for the one that was never made: no rules. */
export interface Kept extends Ruleset {
  readonly createdAt: Date | null;
}

const fault = (field: string, code: FieldFault['code'], message: string): FieldFault => ({ field, code, message });

function* faultsOf({ when, prefer, split, strategy }: Rule, at: string): Generator<FieldFault> {
  const ways = [prefer, split, strategy].filter((it) => it !== undefined);
  if (ways.length === 0) yield fault(at, 'required', 'Falta prefer, split ou strategy.');
  if (ways.length > 1) yield fault(at, 'invalid', 'Só um entre prefer, split e strategy.');
  const { amountMin, amountMax, hours } = when ?? {};
  if (amountMin !== undefined && amountMax !== undefined && amountMin > amountMax) {
    yield fault(`${at}.when.amountMax`, 'out_of_range', 'Menor que amountMin.');
  }
  if (hours && hours.from === hours.to) yield fault(`${at}.when.hours.to`, 'out_of_range', 'Nunca valeria.');
}

/** @throws InvalidFault that names every rule which says nothing, or two things at once. */
export function assertRules(rules: readonly Rule[]): void {
  const faults = rules.flatMap((rule, i) => [...faultsOf(rule, `rules[${i}]`)]);
  if (faults.length > 0) throw new InvalidFault(faults);
}

/** A merchant's rules, every version of them: a decision names the one that it was made by. */
@Injectable()
export class Rulesets {
  private readonly cached: Cache<Ruleset>;

  constructor(
    private readonly em: EntityManager,
    private readonly caches: Caches,
  ) {
    this.cached = caches.open(cacheName);
  }

  /** The rules of a merchant as the plan takes them; as they were a moment ago at the most. */
  async current(merchantId: string): Promise<Ruleset> {
    return (await this.cached.get(merchantId, () => this.newest(this.em.fork(), merchantId))) ?? noRules;
  }

  private async newest(em: Em, merchantId: string): Promise<Kept> {
    const [row] = await em.execute<Row[]>(
      'select version, rules, created_at from ruleset where merchant_id = ? order by version desc limit 1',
      [merchantId],
    );
    return row ? keptOf(row) : { ...noRules, createdAt: null };
  }

  /** What a version said, or the newest one. Undefined: there is none of this number. */
  async version(merchantId: string, version?: number): Promise<Kept | undefined> {
    const em = this.em.fork();
    if (version === undefined) return this.newest(em, merchantId);
    if (version === 0) return { ...noRules, createdAt: null };
    const [row] = await em.execute<Row[]>(
      'select version, rules, created_at from ruleset where merchant_id = ? and version = ?',
      [merchantId, version],
    );
    return row && keptOf(row);
  }

  /** Adds a version, also when it says what the last one did. @throws InvalidFault as `assertRules`. */
  async replace(merchantId: string, rules: readonly Rule[]): Promise<Kept> {
    assertRules(rules);
    const kept = await tx(this.em, async (em) => {
      await em.execute('select 1 from merchant where id = ? for no key update', [merchantId]); // one after the other
      const [row] = await em.execute<Row[]>(
        `insert into ruleset (merchant_id, version, rules)
         select ?, coalesce(max(version), 0) + 1, ?::jsonb from ruleset where merchant_id = ?
         returning version, rules, created_at`,
        [merchantId, JSON.stringify(rules), merchantId],
      );
      await this.caches.clear(em, cacheName);
      return keptOf(row!);
    });
    this.cached.clear(); // what was read between the change and its commit
    return kept;
  }
}

const keptOf = ({ version, rules, created_at: at }: Row): Kept => ({ version, rules, createdAt: new Date(at) });
