import { describe, expect, it } from 'vitest';
import { Module, type Type } from '@nestjs/common';
import { DiscoveryModule, NestFactory } from '@nestjs/core';
import { Handlers } from './handlers.js';
import { OnJob, OnTick, Queue } from './queue.js';
import { pauseMs } from './work.js';

class One {
  @OnJob('one', { everyMs: 60_000 })
  async run(): Promise<void> {}

  @OnTick()
  tick(): Promise<number> {
    return Promise.resolve(3);
  }
}
class Twin {
  @OnJob('one')
  async again(): Promise<void> {}
}

async function boot(...providers: Type[]): Promise<Handlers> {
  @Module({ imports: [DiscoveryModule], providers: [Queue, Handlers, ...providers] })
  class Test {}
  const context = await NestFactory.createApplicationContext(Test, { abortOnError: false, logger: false });
  return context.get(Handlers);
}

describe('the handlers of jobs', () => {
  it('are found at boot, ticks and periods too', async () => {
    const handlers = await boot(One);
    expect(handlers.names).toEqual(['one']);
    expect(handlers.periodic).toEqual([{ name: 'one', everyMs: 60_000 }]);
    expect(await handlers.ticks[0]?.run()).toBe(3);
  });

  it('stop the boot when two of them have one name', async () => {
    await expect(boot(One, Twin)).rejects.toThrow('the job one has two handlers');
  });

  it('say so when a name has none', async () => {
    const handlers = await boot(One);
    expect(() => handlers.find('two')).toThrow('the job two has no handler');
  });
});

describe('the pauses between failures', () => {
  it('grow to ten minutes', () => {
    expect([1, 2, 3, 4, 10, 11, 5_000].map(pauseMs)).toEqual([1_000, 2_000, 4_000, 8_000, 512_000, 600_000, 600_000]);
  });
});
