/** The last line of a run, for readers that know no runner's summary: `N passed, N failed, N skipped`. */
export default class Totals {
  onRunComplete(_contexts, results) {
    // A file that could not even be loaded has no failed test, and is a failure all the same.
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const skipped = results.numPendingTests + results.numTodoTests;
    process.stdout.write(`\n${results.numPassedTests} passed, ${failed} failed, ${skipped} skipped\n`);
  }
}
