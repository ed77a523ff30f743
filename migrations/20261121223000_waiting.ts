import { Migration } from '@mikro-orm/migrations';
import { waiting } from './sql/waiting.js';

/** Indexes for money that waits for its name, and for lines that are old. */
export class Waiting extends Migration {
  override up(): void {
    this.addSql(waiting);
  }
}
