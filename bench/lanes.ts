/** Does `work` for each of the items, so many at a time. Answers the seconds it took. */
export async function inLanes<T>(
  count: number,
  items: readonly T[],
  work: (item: T) => Promise<void>,
): Promise<number> {
  const startedAt = performance.now();
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < items.length) await work(items[next++]!);
  };
  await Promise.all(Array.from({ length: count }, lane));
  return (performance.now() - startedAt) / 1_000;
}
