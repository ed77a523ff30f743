const lines: string[] = [];

/** One line of the result, on the screen at once and in the file in the end. */
export const say = (line: string): void => {
  lines.push(line);
  console.log(line);
};
export const told = (): string => `${lines.join('\n')}\n`;

export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
export const ratio = (ours: number, bare: number): string => (ours / bare).toFixed(2);
