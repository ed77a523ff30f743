import { defineEntity, p } from '@mikro-orm/core';
import type { Mode } from '@libs/kernel/caller.js';
import type { Currency } from '@libs/money/cents.js';
import type { ProviderId } from '@libs/providers/contract/provider.js';

export type Environment = 'simulator' | 'homologation' | 'production';

/**
 * One account at one provider. Its secret can be rotated, its identity cannot be edited; it is retired, never deleted.
 */
export const CredentialSchema = defineEntity({
  name: 'Credential',
  tableName: 'credential',
  properties: {
    id: p.uuid().primary(),
    merchantId: p.uuid(),
    name: p.text(),
    provider: p.text().$type<ProviderId>(),
    environment: p.text().$type<Environment>(),
    mode: p.text().$type<Mode>(),
    identity: p.text(),
    currency: p.text().$type<Currency>(),
    /** Vault rows: the provider's secret, and the one in our callback address. */
    secret: p.uuid(),
    secretVersion: p.integer(),
    callbackSecret: p.uuid(),
    callbackHash: p.text(),
    previousCallbackHash: p.text().nullable(),
    /** Vault rows: what its events are signed with, and what they were signed with before. */
    eventSecret: p.uuid().nullable(),
    previousEventSecret: p.uuid().nullable(),
    previousEventUntil: p.datetime().nullable(),
    parallelSends: p.integer(),
    callbackCheckedAt: p.datetime().nullable(),
    callbackError: p.text().nullable(),
    retiredAt: p.datetime().nullable(),
    createdAt: p.datetime().defaultRaw('clock_now()'),
  },
});
export class Credential extends CredentialSchema.class {}
CredentialSchema.setClass(Credential);
