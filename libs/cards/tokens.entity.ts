import { defineEntity, p } from '@mikro-orm/core';
import type { Mode } from '@libs/kernel/caller.js';
import type { Mac } from '@libs/vault/hash.js';

/** A card that was given to us: what may be shown of it; the number lies in the vault. Its id is the token. */
export const KeptCardSchema = defineEntity({
  name: 'KeptCard',
  tableName: 'card',
  properties: {
    id: p.uuid().primary(),
    merchantId: p.uuid(),
    mode: p.text().$type<Mode>(),
    /** Where the number lies in the vault; null once it is forgotten. */
    sealed: p.uuid().nullable(),
    /** A keyed hash of the number, the same for every row of this merchant and this card. */
    fingerprint: p.text(),
    fingerprintVersion: p.integer(),
    brand: p.text(),
    first6: p.text().fieldName('first6'),
    last4: p.text().fieldName('last4'),
    holder: p.text(),
    /** MM/YYYY */
    expires: p.text(),
    /** false: kept for one charge, and for no other. */
    token: p.boolean(),
    createdAt: p.datetime(),
    deletedAt: p.datetime().nullable(),
  },
});
export class KeptCard extends KeptCardSchema.class {}
KeptCardSchema.setClass(KeptCard);

/** What a payment knows of a card: not its number, but where the vault has it. */
export interface CardRow {
  readonly id: string;
  /** Absent once the number is forgotten. */
  readonly sealed?: string;
  readonly brand: string;
  readonly first6: string;
  readonly last4: string;
  readonly holder: string;
  /** MM/YYYY */
  readonly expires: string;
  /** The same for the same card of the same merchant, under one version of MASTER_KEY. */
  readonly fingerprint: Mac;
}

export const cardRow = (card: KeptCard): CardRow => ({
  id: card.id,
  sealed: card.sealed ?? undefined,
  brand: card.brand,
  first6: card.first6,
  last4: card.last4,
  holder: card.holder,
  expires: card.expires,
  fingerprint: { version: card.fingerprintVersion, mac: card.fingerprint },
});
