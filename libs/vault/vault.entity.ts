import { defineEntity, p } from '@mikro-orm/core';

/** One sealed secret: `body` under a data key of its own, `dataKey` wrapped under that version of MASTER_KEY. */
export const SealedSchema = defineEntity({
  name: 'Sealed',
  tableName: 'vault',
  properties: {
    id: p.uuid().primary(),
    purpose: p.text(),
    version: p.integer(),
    dataKey: p.blob(),
    body: p.blob(),
  },
});
export class Sealed extends SealedSchema.class {}
SealedSchema.setClass(Sealed);
