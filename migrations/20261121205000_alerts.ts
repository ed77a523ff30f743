import { Migration } from '@mikro-orm/migrations';
import { alerts } from './sql/alerts.js';

/** What a person is called for. */
export class Alerts extends Migration {
  override up(): void {
    this.addSql(alerts);
  }
}
