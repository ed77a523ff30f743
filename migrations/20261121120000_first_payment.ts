import { Migration } from '@mikro-orm/migrations';
import { inboxAndOutbox } from './sql/boxes.js';
import { charges } from './sql/charges.js';
import { kernel } from './sql/kernel.js';
import { ledger } from './sql/ledger.js';
import { routing } from './sql/routing.js';

/** Everything that the first payment needs: the clock, keys, routing, charges, ledger, boxes and jobs. */
export class FirstPayment extends Migration {
  override up(): void {
    for (const sql of [kernel, routing, charges, ledger, inboxAndOutbox]) this.addSql(sql);
  }
}
