import 'reflect-metadata';
import { parseArgs } from 'node:util';
import { MikroORM } from '@mikro-orm/postgresql';
import { ormOptions } from '@libs/database.js';
import { Caches } from '@libs/kernel/cache.js';
import { Keys } from '@libs/merchants/keys.service.js';
import { Vault } from '@libs/vault/vault.service.js';
import { runTool, toolConfig } from './settings.js';

const options = { person: { type: 'string' } } as const;
const usage = 'usage: npm run admin:key -- --person NAME';

/** Makes an administrator's key for a named person and prints it: the only time it is seen. */
async function main(): Promise<void> {
  const { person = '' } = parseArgs({ args: process.argv.slice(2), options }).values;
  if (!/^[^\p{Cc}]{1,140}$/u.test(person.trim())) throw new Error(usage);
  const config = toolConfig();
  const orm = await MikroORM.init(ormOptions(config.DATABASE_URL, 1));
  try {
    const keys = new Keys(orm.em, new Vault(config), config, new Caches(config));
    console.log(await keys.administrator(person.trim()));
  } finally {
    await orm.close();
  }
}

runTool(main);
