import { Migration } from '@mikro-orm/migrations';
import { traces } from './sql/traces.js';

/** What people did, and the indexes that the figures of operation are read by. */
export class Traces extends Migration {
  override up(): void {
    this.addSql(traces);
  }
}
