import { Migration } from '@mikro-orm/migrations';
import { twins } from './sql/twins.js';

/** Calls that a provider has doubled, and disputes that lower what can be given back. */
export class Twins extends Migration {
  override up(): void {
    this.addSql(twins);
  }
}
