import { defineEntity, p } from '@mikro-orm/core';
import type { Mode, Scope } from '@libs/kernel/caller.js';

/** A key of a merchant, or of a person who administers. The key itself is shown once; here is its keyed hash. */
export const ApiKeySchema = defineEntity({
  name: 'ApiKey',
  tableName: 'api_key',
  properties: {
    id: p.uuid().primary(),
    merchantId: p.uuid().nullable(),
    person: p.text().nullable(),
    name: p.text(),
    mode: p.text().$type<Mode>().nullable(),
    scopes: p.array<Scope | '*'>(),
    prefix: p.text(),
    hash: p.text(),
    hashVersion: p.integer(),
    createdAt: p.datetime(),
    deletedAt: p.datetime().nullable(),
  },
});
export class ApiKey extends ApiKeySchema.class {}
ApiKeySchema.setClass(ApiKey);

/** A log-in of an hour with a key; it dies with it. */
export const AccessTokenSchema = defineEntity({
  name: 'AccessToken',
  tableName: 'access_token',
  properties: {
    hash: p.text().primary(),
    keyId: p.uuid(),
    expiresAt: p.datetime(),
  },
});
export class AccessToken extends AccessTokenSchema.class {}
AccessTokenSchema.setClass(AccessToken);
