import { Migration } from '@mikro-orm/migrations';
import { room } from './sql/room.js';

/** Room on the pages of rows that change soon after they were written. */
export class Room extends Migration {
  override up(): void {
    this.addSql(room);
  }
}
