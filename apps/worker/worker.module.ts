import { type DynamicModule, Module } from '@nestjs/common';
import type { Config } from '@libs/kernel/config.js';
import { GroundModule } from '@libs/kernel/ground.module.js';
import { migrations, ormOptions } from '@libs/database.js';
import { domains } from '@libs/domains.js';

/** The process that works: the same domains without their controllers. */
@Module({})
export class WorkerModule {
  static of(config: Config): DynamicModule {
    return {
      module: WorkerModule,
      imports: [
        GroundModule.of(config, { orm: ormOptions(config.DATABASE_URL), migrations }),
        ...domains.map(({ module }) => module),
      ],
    };
  }
}
