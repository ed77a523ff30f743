import 'reflect-metadata';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { MikroORM } from '@mikro-orm/postgresql';
import { ormOptions } from '@libs/database.js';
import { Caches } from '@libs/kernel/cache.js';
import { loadConfig } from '@libs/kernel/config.js';
import { Keys } from '@libs/merchants/keys.service.js';
import { Vault } from '@libs/vault/vault.service.js';

const options = { person: { type: 'string' } } as const;
const usage = 'usage: npm run admin:key -- --person NAME';

/** What a running embedded start has written down for its tools, where the environment does not say it. */
function fromFolder(file: string): string | undefined {
  const path = join(process.env['DATA_DIR'] ?? '.data', file);
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : undefined;
}

/** Makes an administrator's key for a named person and prints it: the only time it is seen. */
async function main(): Promise<void> {
  const { person = '' } = parseArgs({ args: process.argv.slice(2), options }).values;
  if (!/^[^\p{Cc}]{1,140}$/u.test(person.trim())) throw new Error(usage);
  const DATABASE_URL = process.env['DATABASE_URL'] ?? fromFolder('postgres.url');
  const MASTER_KEY = process.env['MASTER_KEY'] ?? fromFolder('master.key');
  if (!DATABASE_URL || !MASTER_KEY) {
    throw new Error('DATABASE_URL and MASTER_KEY are needed, or DATA_DIR with an embedded start that is running');
  }
  const config = loadConfig({ ...process.env, DATABASE_URL, MASTER_KEY });
  const orm = await MikroORM.init(ormOptions(DATABASE_URL, 1));
  try {
    const keys = new Keys(orm.em, new Vault(config), config, new Caches(config));
    console.log(await keys.administrator(person.trim()));
  } finally {
    await orm.close();
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
