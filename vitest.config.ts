import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const root = import.meta.dirname;

// What the tests start, and that is some hundred processes, is compiled once: Node keeps it here.
process.env['NODE_COMPILE_CACHE'] ??= `${root}/node_modules/.cache/node`;

/** What mostly waits begins first, beside what mostly counts; otherwise the longest ones do, as far as they are known. */
class Patient extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const waits = ({ moduleId }: TestSpecification): number => Number(/medium\/(crash|queue|postgres)/.test(moduleId));
    return (await super.sort(files)).sort((a, b) => waits(b) - waits(a));
  }
}

export default defineConfig({
  resolve: { alias: [{ find: /^@(libs|apps|test|migrations)\/(.*)\.js$/, replacement: `${root}/$1/$2.ts` }] },
  test: {
    // Files share what their worker has loaded: to load the platform costs more than most of them do with it.
    isolate: false,
    setupFiles: 'test/support/anew.ts',
    // Bounds for what hangs, not measures: a machine busy with other work may be ten times as slow.
    testTimeout: 120_000,
    hookTimeout: 600_000,
    // More than the two cores that the suite is made for: a file often waits for the platform that it has started.
    maxWorkers: 4,
    sequence: { sequencer: Patient },
    reporters: ['default', './test/support/totals.ts'],
    projects: [
      { extends: true, test: { name: 'unit', include: ['{libs,apps}/**/*.spec.ts', 'test/*.spec.ts'] } },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['test/{contract,medium,flows}/**/*.spec.ts'],
          globalSetup: 'test/support/setup.ts',
        },
      },
      // The real installation: separate processes on Debian's PostgreSQL and Redis. Not a part of `npm test`, which
      // needs neither; it starts everything by itself.
      {
        extends: true,
        test: {
          name: 'install',
          include: ['test/install/*.spec.ts'],
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
