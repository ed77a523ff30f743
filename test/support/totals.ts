import type { Reporter, TestModule } from 'vitest/node';

/**
 * The last line of a run, for readers that know no runner's summary: `N passed, N failed, N skipped`. It is written as
 * the process ends, because the runner's own summary comes after all reporters.
 */
export default class Totals implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const count = (state: string): number => tests.filter((test) => test.result().state === state).length;
    // A file that could not even be loaded has no failed test, and is a failure all the same.
    const broken = modules.filter((module) => module.errors().length > 0).length + errors.length;
    const line = `\n${count('passed')} passed, ${count('failed') + broken} failed, ${count('skipped')} skipped\n`;
    process.once('exit', () => process.stdout.write(line));
  }
}
