import { Migration } from '@mikro-orm/migrations';
import { tokens } from './sql/tokens.js';

/** The card vault: tokens, and cards that are kept for one charge. */
export class CardTokens extends Migration {
  override up(): void {
    this.addSql(tokens);
  }
}
