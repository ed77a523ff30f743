/**
 * A value of a printed body that the contract refuses: exactly `code` on `field`, and what goes in instead. `unknown`:
 * 404, it names something that is not there.
 */
export interface Replaced {
  readonly field: string;
  readonly code: 'invalid' | 'out_of_range' | 'too_long' | 'required' | 'unknown';
  /** Undefined: only a value of the running test will do (a token, an id). */
  readonly by?: unknown;
}

/** One request as a source document prints it, and the members that it prints of the answer. */
export interface Printed {
  readonly name: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** As the contract has it; `{id}` stands for an id of the running test. */
  readonly path: string;
  readonly body?: object;
  readonly replaced?: readonly Replaced[];
  readonly answer?: unknown;
  /** What a document prints of an event. */
  readonly event?: object;
  readonly served?: true;
}
