import { Migration } from '@mikro-orm/migrations';
import { policy } from './sql/policy.js';

/** The rules of routing with all their versions, and what other rules would have done. */
export class Policy extends Migration {
  override up(): void {
    this.addSql(policy);
  }
}
