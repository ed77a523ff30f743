/** One cell of a matrix that a run has looked at: nothing is said of those it has not. */
export interface Cell {
  readonly row: string;
  readonly column: string;
  readonly result: string;
}

/**
 * The results of a run as one table, with how much of the whole it covers. `whole` counts the cells that there are; an
 * empty field is one that this run has not played.
 */
export function matrixText(title: string, columns: readonly string[], cells: readonly Cell[], whole: number): string {
  const rows = [...new Set(cells.map(({ row }) => row))];
  const at = (row: string, column: string): string =>
    cells.find((it) => it.row === row && it.column === column)?.result ?? '';
  const width = (texts: readonly string[]): number => Math.max(...texts.map((it) => it.length));
  const first = width(['', ...rows]);
  const widths = columns.map((column) => width([column, ...rows.map((row) => at(row, column))]));
  const line = (head: string, fields: readonly string[]): string =>
    [head.padEnd(first), ...fields.map((it, i) => it.padEnd(widths[i]!))].join('  ').trimEnd();
  return [
    `${title}: ${cells.length} of ${whole} cells`,
    line('', columns),
    ...rows.map((row) =>
      line(
        row,
        columns.map((column) => at(row, column)),
      ),
    ),
    '',
  ].join('\n');
}
