import { Migration } from '@mikro-orm/migrations';
import { staticPix } from './sql/static.js';

/** Static Pix codes and their payments. */
export class StaticPix extends Migration {
  override up(): void {
    this.addSql(staticPix);
  }
}
