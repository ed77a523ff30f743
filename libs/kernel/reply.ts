/**
 * What a service answers when the status code is not the route's own: computed from the row, so it survives a crash.
 */
export class Reply<T> {
  constructor(
    readonly status: number,
    readonly body: T,
    readonly replayed = false,
  ) {}
}

/** A page of a list, newest first unless the route says otherwise. */
export interface Page<T> {
  readonly data: readonly T[];
  readonly hasMore: boolean;
}
