import { Module } from '@nestjs/common';
import { LedgerController } from './ledger.controller.js';
import { Ledger } from './ledger.service.js';
import { LedgerReport } from './report.js';
import { SnapshotJob } from './snapshot.job.js';
import { LedgerVerification } from './verify.js';

@Module({
  providers: [Ledger, LedgerReport, LedgerVerification, SnapshotJob],
  exports: [Ledger, LedgerReport, LedgerVerification],
})
export class LedgerModule {}

export const ledgerControllers = [LedgerController];
