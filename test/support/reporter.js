/**
 * The last line of a run, for readers that know no runner's summary: `N passed, N failed, N skipped`. It is written as
 * the process ends, because Jest's own summary comes after all reporters.
 */
export default class Totals {
  onRunComplete(_contexts, results) {
    // A file that could not even be loaded has no failed test, and is a failure all the same.
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const skipped = results.numPendingTests + results.numTodoTests;
    const line = `\n${results.numPassedTests} passed, ${failed} failed, ${skipped} skipped\n`;
    process.once('exit', () => process.stdout.write(line));
  }
}
