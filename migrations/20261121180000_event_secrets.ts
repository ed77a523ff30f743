import { Migration } from '@mikro-orm/migrations';
import { eventSecrets } from './sql/events.js';

/** The secrets that providers sign their events with. */
export class EventSecrets extends Migration {
  override up(): void {
    this.addSql(eventSecrets);
  }
}
