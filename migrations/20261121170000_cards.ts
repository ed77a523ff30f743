import { Migration } from '@mikro-orm/migrations';
import { cards } from './sql/cards.js';

/** Charges on cards, beside those by Pix. */
export class Cards extends Migration {
  override up(): void {
    this.addSql(cards);
  }
}
