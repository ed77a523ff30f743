import { ormOptions } from '@libs/database.js';
import { migrate } from '@libs/kernel/migrate.js';

const url = process.env['MIGRATION_DATABASE_URL'] ?? process.env['DATABASE_URL'];
if (!url) throw new Error('DATABASE_URL: required');
await migrate(url, ormOptions(url, 2), (line) => console.log(line));
