import { Module } from '@nestjs/common';
import { VaultModule } from '@libs/vault/vault.module.js';
import { Requests } from './requests.service.js';

@Module({ imports: [VaultModule], providers: [Requests], exports: [Requests] })
export class RequestsModule {}
