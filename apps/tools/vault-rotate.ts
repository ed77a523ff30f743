import 'reflect-metadata';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { MikroORM } from '@mikro-orm/postgresql';
import { ormOptions } from '@libs/database.js';
import { type Em, tx } from '@libs/kernel/transaction.js';
import { Credential } from '@libs/routing/credential.entity.js';
import { callbackPurpose } from '@libs/routing/credentials.js';
import { Vault } from '@libs/vault/vault.service.js';
import { runTool, toolConfig } from './settings.js';

const options = { batch: { type: 'string', default: '500' } } as const;
const usage = 'usage: npm run vault:rotate [-- --batch ROWS], with MASTER_KEY=2:<new>,1:<old> as all processes have it';
const first = '00000000-0000-0000-0000-000000000000';
const retryMs = 500;

const say = (line: string): void => console.log(`vault:rotate  ${line}`);

/** Data keys: each batch is a commit, and the version on the row says what is done, so a repeat goes on. */
async function rewrap(em: Em, vault: Vault, batch: number): Promise<void> {
  for (let done = 0; ;) {
    const left = await vault.waiting(em);
    if (left === 0) return say(`every secret is sealed under version ${vault.version}`);
    if (done > 0) await sleep(retryMs); // rows that somebody held in the pass before
    for (let after: string | undefined = first; after !== undefined;) {
      const from: string = after;
      const step = await tx(em, (inner) => vault.rewrap(inner, from, batch));
      done += step.rows;
      after = step.next;
      if (step.rows > 0) say(`${done} of ${left} data keys wrapped anew`);
    }
  }
}

/** Callback addresses are looked up by a hash; their secrets are sealed, so the hash can be taken anew. */
async function rehash(em: Em, vault: Vault, batch: number): Promise<void> {
  let done = 0;
  for (let after: string | undefined = first; after !== undefined;) {
    const query = { orderBy: { id: 'asc' }, limit: batch } as const;
    const rows: Credential[] = await em.fork().find(Credential, { id: { $gt: after } }, query);
    for (const { id, callbackSecret, callbackHash } of rows) {
      const { mac } = vault.mac(callbackPurpose, await vault.open(em, callbackSecret, callbackPurpose));
      if (mac === callbackHash) continue;
      // Where the address was rotated meanwhile, its new hash is under the newest version already.
      await em.nativeUpdate(Credential, { id, callbackHash }, { callbackHash: mac });
      done += 1;
    }
    after = rows.at(-1)?.id;
  }
  say(`${done} callback addresses hashed anew`);
}

interface Rest {
  readonly keys: number;
  readonly addresses: number;
  readonly tokens: number;
  readonly requests: number;
  readonly until: string | null;
}

/** What stands under an older version and cannot be taken anew: only who holds the secret can say it. */
async function rest(em: Em, vault: Vault): Promise<void> {
  const [it] = await em.fork().execute<Rest[]>(
    `select (select count(*)::int from api_key where hash_version <> ? and deleted_at is null) as keys,
       (select count(*)::int from credential where previous_callback_hash is not null) as addresses,
       (select count(*)::int from access_token) as tokens, r.requests, r.until
     from (
       select count(*)::int as requests, (max(created_at) + interval '31 days')::date::text as until
       from request where fingerprint_version <> ?
     ) r`,
    [vault.version, vault.version],
  );
  const { keys, addresses, tokens, requests, until } = it!;
  say(`${keys} API keys are hashed under an older version: each is hashed anew when it is next used`);
  if (addresses > 0) say(`${addresses} former callback addresses may be: they end with their rotation`);
  if (requests > 0) say(`${requests} Idempotency-Keys are: a repeat under one is refused without it, until ${until}`);
  const soon = tokens > 0 ? ' in an hour, when the access tokens of before have ended' : '';
  const free = keys + addresses + requests === 0;
  const verdict = free ? `older versions can be taken out of MASTER_KEY${soon}` : 'keep older versions in MASTER_KEY';
  say(verdict);
}

/** Turns MASTER_KEY over while the platform runs: everything sealed under an older version goes under the newest. */
async function main(): Promise<void> {
  const { batch } = parseArgs({ args: process.argv.slice(2), options }).values;
  if (!/^[1-9]\d{0,4}$/.test(batch)) throw new Error(usage);
  const config = toolConfig();
  const vault = new Vault(config);
  const orm = await MikroORM.init(ormOptions(config.DATABASE_URL, 2));
  try {
    const em = orm.em.fork();
    await rewrap(em, vault, Number(batch));
    await rehash(em, vault, Number(batch));
    await rest(em, vault);
  } finally {
    await orm.close();
  }
}

runTool(main);
