import { defineConfig, type Options } from '@mikro-orm/postgresql';
import { Migrator } from '@mikro-orm/migrations';
import { ReturningDriver } from '@libs/kernel/driver.js';
import { owed } from '@libs/kernel/transaction.js';
import { entities } from './domains.js';
import { FirstPayment } from '@migrations/20261121120000_first_payment.js';
import { Traces } from '@migrations/20261121140000_traces.js';
import { Policy } from '@migrations/20261121160000_policy.js';
import { CardTokens } from '@migrations/20261121165000_card_tokens.js';
import { Cards } from '@migrations/20261121170000_cards.js';
import { EventSecrets } from '@migrations/20261121180000_event_secrets.js';
import { Twins } from '@migrations/20261121190000_twins.js';
import { Bankslip } from '@migrations/20261121191000_bankslip.js';
import { Numbers } from '@migrations/20261121195000_numbers.js';
import { StaticPix } from '@migrations/20261121201000_static.js';
import { Alerts } from '@migrations/20261121205000_alerts.js';
import { Statements } from '@migrations/20261121210000_statements.js';
import { Waiting } from '@migrations/20261121223000_waiting.js';
import { Room } from '@migrations/20261122050000_room.js';

/** Every migration, oldest first. A process serves only a database that has exactly these. */
export const migrations = [
  { name: '20261121120000_first_payment', class: FirstPayment },
  { name: '20261121140000_traces', class: Traces },
  { name: '20261121160000_policy', class: Policy },
  { name: '20261121165000_card_tokens', class: CardTokens },
  { name: '20261121170000_cards', class: Cards },
  { name: '20261121180000_event_secrets', class: EventSecrets },
  { name: '20261121190000_twins', class: Twins },
  { name: '20261121191000_bankslip', class: Bankslip },
  { name: '20261121195000_numbers', class: Numbers },
  { name: '20261121201000_static', class: StaticPix },
  { name: '20261121205000_alerts', class: Alerts },
  { name: '20261121210000_statements', class: Statements },
  { name: '20261121223000_waiting', class: Waiting },
  { name: '20261122050000_room', class: Room },
];

/** The one configuration of the ORM. `max`: connections of this process. */
export const ormOptions = (clientUrl: string, max = 20): Options =>
  defineConfig({
    driver: ReturningDriver,
    clientUrl,
    entities: [...entities],
    extensions: [Migrator],
    migrations: {
      migrationsList: migrations,
      tableName: 'migration',
      snapshot: false,
      transactional: true,
      silent: true,
    },
    pool: { min: 0, max },
    forceUtcTimezone: true,
    // What the unit of work writes of a row that it has read: nobody waits for the answer.
    onQuery: (sql) => (/^update "(?!.* returning )/s.test(sql) ? `${owed}${sql}` : sql),
  });
