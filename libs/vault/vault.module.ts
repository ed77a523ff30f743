import { Module } from '@nestjs/common';
import { Vault } from './vault.service.js';

/** Asks for `Config`, which the applications provide to every module. */
@Module({ providers: [Vault], exports: [Vault] })
export class VaultModule {}
