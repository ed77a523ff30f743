import { Module } from '@nestjs/common';
import { VaultModule } from '@libs/vault/vault.module.js';
import { Keys } from './keys.service.js';
import { Merchants } from './merchants.service.js';
import { TokenController } from './token.controller.js';

@Module({ imports: [VaultModule], providers: [Keys, Merchants], exports: [Keys, Merchants] })
export class MerchantsModule {}

export const merchantsControllers = [TokenController];
