import { MikroOrmModule } from '@mikro-orm/nestjs';
import { MikroORM, type Options } from '@mikro-orm/postgresql';
import {
  type DynamicModule,
  Inject,
  Injectable,
  Module,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import { Caches } from './cache.js';
import { advanceClockTo } from './clock.js';
import { Config } from './config.js';
import { JobsModule } from './jobs.module.js';
import { assertSchema, type KnownMigration } from './migrate.js';
import { assertServing } from './roles.js';

const followMs = 1_000;
const groundOptions = Symbol('ground');

export interface GroundOptions {
  readonly orm: Options;
  readonly migrations: readonly KnownMigration[];
  /** The embedded start and its tests alone: the role that serves may own the tables. */
  readonly owner?: boolean;
}

/**
 * Holds the process to its database: its schema and its role before anything else, and its clock where a sandbox may
 * move it.
 */
@Injectable()
export class Footing implements OnModuleInit, OnModuleDestroy {
  private following?: NodeJS.Timeout;

  constructor(
    private readonly orm: MikroORM,
    private readonly config: Config,
    @Inject(groundOptions) private readonly options: GroundOptions,
  ) {}

  async onModuleInit(): Promise<void> {
    await assertSchema(
      this.orm,
      this.options.migrations.map(({ name }) => name),
    );
    if (!this.options.owner) await assertServing(this.orm.em);
    await this.follow();
    if (this.config.SANDBOX_URL === undefined) return;
    this.following = setInterval(() => void this.follow().catch(() => undefined), followMs).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.following);
  }

  private async follow(): Promise<void> {
    const ahead = 'select round(extract(epoch from clock_ahead()) * 1000)::float8 as ms';
    const [row] = await this.orm.em.fork().execute<{ ms: number }[]>(ahead);
    advanceClockTo(row!.ms);
  }
}

/** What every process of the platform stands on: configuration, log, database, caches, queue. */
@Module({})
export class GroundModule {
  static of(config: Config, options: GroundOptions): DynamicModule {
    return {
      module: GroundModule,
      global: true,
      imports: [MikroOrmModule.forRoot({ ...options.orm, registerRequestContext: false }), JobsModule],
      providers: [
        { provide: Config, useValue: config },
        { provide: groundOptions, useValue: options },
        Caches,
        Footing,
      ],
      exports: [Config, Caches],
    };
  }
}
