import { Module } from '@nestjs/common';
import { ChargesModule } from '@libs/charges/charges.module.js';
import { RequestsModule } from '@libs/requests/requests.module.js';
import { RoutingModule } from '@libs/routing/routing.module.js';
import { BankslipController } from './bankslip.controller.js';
import { BankslipService } from './bankslip.service.js';

export const bankslipControllers = [BankslipController];

@Module({
  imports: [ChargesModule, RequestsModule, RoutingModule],
  providers: [BankslipService],
  exports: [BankslipService],
})
export class BankslipModule {}
