import { MikroORM } from '@mikro-orm/postgresql';
import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Public } from '@libs/kernel/caller.js';
import { Reply } from '@libs/kernel/reply.js';
import { timer, pause } from '@libs/kernel/timer.js';
import { Runner } from '@libs/kernel/runner.js';

type Check = 'up' | 'down';
interface Health {
  readonly status: Check;
  readonly checks: Readonly<Record<string, Check>>;
}
const patienceMs = 2_000;

@ApiTags('Operação')
@Public()
@Controller('health')
export class HealthController {
  constructor(
    private readonly orm: MikroORM,
    private readonly runner: Runner,
  ) {}

  @Get('live')
  @ApiOperation({ summary: 'O processo vive' })
  @ApiResponse({ status: 200, description: 'Vive' })
  live(): { readonly status: Check } {
    return { status: 'up' };
  }

  /** Says what is down; a process that cannot serve answers 503. */
  @Get('ready')
  @ApiOperation({ summary: 'Pronto para atender; diz o que está fora' })
  @ApiResponse({ status: 200, description: 'Tudo no ar' })
  @ApiResponse({ status: 503, description: 'Algo está fora; `checks` diz o quê' })
  async ready(): Promise<Reply<Health>> {
    const redis = this.runner.redis();
    const checks: Record<string, Check> = { database: await this.database(), ...(redis ? { redis } : {}) };
    const status = Object.values(checks).includes('down') ? 'down' : 'up';
    return new Reply(checks['database'] === 'up' ? 200 : 503, { status, checks });
  }

  private async database(): Promise<Check> {
    const leftMs = timer(patienceMs);
    const asked = this.orm.em
      .fork()
      .execute('select 1')
      .then(
        () => 'up' as const,
        () => 'down' as const,
      );
    return Promise.race([asked, pause(leftMs()).then(() => 'down' as const)]);
  }
}
