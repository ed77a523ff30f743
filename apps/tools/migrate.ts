import { ormOptions } from '@libs/database.js';
import { migrate } from '@libs/kernel/migrate.js';
import { servingRole } from '@libs/kernel/roles.js';

const { DATABASE_URL, MIGRATION_DATABASE_URL } = process.env;
const url = MIGRATION_DATABASE_URL || DATABASE_URL;
if (!url) throw new Error('DATABASE_URL: required');
await migrate(url, ormOptions(url, 2), (line) => console.log(line), servingRole(DATABASE_URL, url));
