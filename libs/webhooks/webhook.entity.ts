import { defineEntity, p } from '@mikro-orm/core';
import type { Mode } from '@libs/kernel/caller.js';

/** Why we switched an endpoint off: it answered 410, or took nothing for seven days. */
export type DisabledWhy = 'gone' | 'failing';

/** What secrets of endpoints are sealed for. */
export const sealedFor = 'webhook';

/** Where a merchant wants to be told. `types` null: everything. Secrets are ids in the vault. */
export const WebhookSchema = defineEntity({
  name: 'Webhook',
  tableName: 'webhook',
  properties: {
    id: p.uuid().primary(),
    merchantId: p.uuid(),
    mode: p.text().$type<Mode>(),
    url: p.text(),
    types: p.array().nullable(),
    enabled: p.boolean(),
    disabledWhy: p.text().$type<DisabledWhy>().nullable(),
    secret: p.uuid(),
    previousSecret: p.uuid().nullable(),
    previousUntil: p.datetime().nullable(),
    failingSince: p.datetime().nullable(),
    sequence: p.integer(),
    createdAt: p.datetime(),
    deletedAt: p.datetime().nullable(),
  },
});
export class Webhook extends WebhookSchema.class {}
WebhookSchema.setClass(Webhook);

/** `secret` is there once, in the answer that made it; null in a replay. */
export interface WebhookView {
  readonly id: string;
  readonly url: string;
  readonly types: readonly string[] | null;
  readonly enabled: boolean;
  readonly disabledReason: DisabledWhy | null;
  readonly createdAt: string;
  readonly secret?: string | null;
}

export const webhookView = (webhook: Webhook): WebhookView => ({
  id: webhook.id,
  url: webhook.url,
  types: webhook.types ?? null,
  enabled: webhook.enabled,
  disabledReason: webhook.disabledWhy ?? null,
  createdAt: webhook.createdAt.toISOString(),
});
