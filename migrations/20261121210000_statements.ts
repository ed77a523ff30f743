import { Migration } from '@mikro-orm/migrations';
import { statements } from './sql/statements.js';

/** Statements of provider accounts, compared with what is on record. */
export class Statements extends Migration {
  override up(): void {
    this.addSql(statements);
  }
}
