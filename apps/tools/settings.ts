import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Config, loadConfig } from '@libs/kernel/config.js';

/** What a running embedded start has written down for its tools, where the environment does not say it. */
function fromFolder(file: string): string | undefined {
  const path = join(process.env['DATA_DIR'] || '.data', file);
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : undefined;
}

/** The configuration of a tool beside a running platform. @throws Error that says what is missing. */
export function toolConfig(): Config {
  const DATABASE_URL = process.env['DATABASE_URL'] || fromFolder('postgres.url');
  const MASTER_KEY = process.env['MASTER_KEY'] || fromFolder('master.key');
  if (!DATABASE_URL || !MASTER_KEY) {
    throw new Error('DATABASE_URL and MASTER_KEY are needed, or DATA_DIR with an embedded start that is running');
  }
  return loadConfig({ ...process.env, DATABASE_URL, MASTER_KEY });
}

/** Runs a tool to its end; what it throws is said, and the exit code tells. */
export function runTool(main: () => Promise<void>): void {
  main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
}
