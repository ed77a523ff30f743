import { defineConfig, EntityManager, type EntitySchema } from '@mikro-orm/postgresql';
import { MikroOrmModule } from '@mikro-orm/nestjs';
import { Global, type INestApplicationContext, Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Caches } from '@libs/kernel/cache.js';
import { Config, loadConfig } from '@libs/kernel/config.js';
import { JobsModule } from '@libs/kernel/jobs.module.js';

@Global()
@Module({})
class Ground {}

export interface ContextOptions {
  readonly databaseUrl: string;
  readonly entities: readonly EntitySchema[];
  readonly env?: Readonly<Record<string, string>>;
  readonly imports?: readonly Type[];
  readonly providers?: readonly Type[];
}

export const masterKey = Buffer.alloc(32, 7).toString('base64');

/** Modules of ours on a real database, without HTTP: what a worker process is. */
export async function startContext(options: ContextOptions): Promise<INestApplicationContext> {
  const { databaseUrl, entities, env = {}, imports = [], providers = [] } = options;
  const config = loadConfig({
    DATABASE_URL: databaseUrl,
    MASTER_KEY: masterKey,
    PROVIDER_DEADLINE_MS: '300',
    JOB_LEASE_MS: '2000',
    ...env,
  });
  @Module({
    imports: [
      MikroOrmModule.forRoot({
        ...defineConfig({ clientUrl: databaseUrl, entities: [...entities], pool: { max: 10 } }),
        registerRequestContext: false,
      }),
      { module: Ground, providers: [{ provide: Config, useValue: config }, Caches], exports: [Config, Caches] },
      JobsModule,
      ...imports,
    ],
    providers: [...providers],
  })
  class Context {}
  return NestFactory.createApplicationContext(Context, { abortOnError: false, logger: ['fatal'] });
}

export const emOf = (context: INestApplicationContext): EntityManager => context.get(EntityManager).fork();

/** Waits until something is true, at most `withinMs`. */
export async function until(what: () => Promise<boolean> | boolean, withinMs = 30_000): Promise<void> {
  const end = performance.now() + withinMs;
  while (!(await what())) {
    if (performance.now() > end) throw new Error('it did not come to that in time');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/**
 * Waits until everything that has been committed lies below the horizon. Transactions of other test files hold it up:
 * transaction ids belong to the whole server.
 */
export async function belowHorizon(em: EntityManager): Promise<void> {
  const [row] = await em.fork().execute<{ at: string }[]>('select pg_current_xact_id()::text as at');
  await until(async () => {
    const [now] = await em
      .fork()
      .execute<{ past: boolean }[]>('select pg_snapshot_xmin(pg_current_snapshot()) > ?::xid8 as past', [row!.at]);
    return now!.past;
  });
}
