import { Migration } from '@mikro-orm/migrations';
import { numbers } from './sql/numbers.js';

/** Keys that are numbers. */
export class Numbers extends Migration {
  override up(): void {
    this.addSql(numbers);
  }
}
