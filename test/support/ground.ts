/**
 * What every process that a test starts gets of our own environment, and nothing else. Node keeps what it has compiled
 * (vitest.config.ts says where): the platform is started some hundred times in a run.
 */
export const ground: Readonly<Record<string, string>> = {
  PATH: process.env['PATH'] ?? '',
  NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] ?? '',
};
