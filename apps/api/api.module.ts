import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE } from '@nestjs/core';
import type { Config } from '@libs/kernel/config.js';
import { GroundModule } from '@libs/kernel/ground.module.js';
import { migrations, ormOptions } from '@libs/database.js';
import { domains } from '@libs/domains.js';
import { AuthGuard } from './auth.guard.js';
import { BodyGuard } from './body.guard.js';
import { ErrorFilter } from './error.filter.js';
import { HealthController } from './health.controller.js';
import { MetricsController } from './metrics.controller.js';
import { ReplyInterceptor } from './reply.interceptor.js';
import { ValidationPipe } from './validation.pipe.js';

/** The process that serves: every domain with its controllers, behind one guard, one pipe, one filter. */
@Module({})
export class ApiModule {
  static of(config: Config, owner: boolean): DynamicModule {
    return {
      module: ApiModule,
      imports: [
        GroundModule.of(config, { orm: ormOptions(config.DATABASE_URL), migrations, owner }),
        ...domains.map(({ module }) => module),
      ],
      controllers: [HealthController, MetricsController, ...domains.flatMap(({ controllers }) => controllers)],
      providers: [
        { provide: APP_GUARD, useClass: AuthGuard },
        { provide: APP_GUARD, useClass: BodyGuard },
        { provide: APP_PIPE, useClass: ValidationPipe },
        { provide: APP_FILTER, useClass: ErrorFilter },
        { provide: APP_INTERCEPTOR, useClass: ReplyInterceptor },
      ],
    };
  }
}
