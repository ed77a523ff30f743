/** states × events → next state. A pair that is absent is illegal; a state with no events is terminal. */
export type Table<S extends string, E extends string> = { readonly [state in S]: { readonly [event in E]?: S } };

export interface Machine<S extends string, E extends string> {
  next(from: S, event: E): S | undefined;
  terminal(state: S): boolean;
  readonly states: readonly S[];
}

/** Checks at import time that every state can be reached from the first one, so that a bad table never boots. */
export function machine<S extends string, E extends string>(initial: S, table: Table<S, E>): Machine<S, E> {
  const reached = new Set<S>([initial]);
  for (const state of reached) for (const to of Object.values<S | undefined>(table[state])) if (to) reached.add(to);
  const states = Object.keys(table) as S[];
  const orphans = states.filter((state) => !reached.has(state));
  if (orphans.length > 0) throw new Error(`unreachable states: ${orphans.join(', ')}`);
  return {
    states,
    next: (from, event) => table[from][event],
    terminal: (state) => Object.keys(table[state]).length === 0,
  };
}
