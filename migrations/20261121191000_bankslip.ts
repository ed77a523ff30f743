import { Migration } from '@mikro-orm/migrations';
import { bankslip } from './sql/bankslip.js';

/** Charges by bank slip, beside those by Pix and on cards. */
export class Bankslip extends Migration {
  override up(): void {
    this.addSql(bankslip);
  }
}
