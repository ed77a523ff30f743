import { Global, Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { CleanJob } from './clean.job.js';
import { Handlers } from './handlers.js';
import { Queue } from './queue.js';
import { Runner } from './runner.js';

/** The queue for everybody, and the runner that a process starts when it is one that works. */
@Global()
@Module({
  imports: [DiscoveryModule],
  providers: [Queue, Handlers, Runner, CleanJob],
  exports: [Queue, Handlers, Runner],
})
export class JobsModule {}
