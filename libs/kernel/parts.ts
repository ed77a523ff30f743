/** The list in pieces of at most `size`, in order. */
export const parts = <T>(list: readonly T[], size: number): readonly (readonly T[])[] =>
  list.flatMap((_, at) => (at % size === 0 ? [list.slice(at, at + size)] : []));
