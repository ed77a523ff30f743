import { Module } from '@nestjs/common';
import { RoutingModule } from '@libs/routing/routing.module.js';
import { Compare } from './compare.js';
import { StatementJob } from './statement.job.js';
import { Statements } from './statements.service.js';

@Module({
  imports: [RoutingModule],
  providers: [Compare, StatementJob, Statements],
  exports: [StatementJob, Statements],
})
export class StatementsModule {}
