/** The body of an error, in the provider's own members. */
export interface Problem {
  readonly type: 'api_error' | 'card_error' | 'idempotency_error' | 'invalid_request_error';
  readonly message: string;
  readonly code?: string;
  readonly decline_code?: string;
  readonly param?: string;
  readonly charge?: string;
  readonly payment_intent?: unknown;
  readonly payment_method?: unknown;
}

/**
 * A refusal, thrown by an act that has changed nothing. `begun` tells whether the act had begun when it was refused:
 * such an answer is kept for its idempotency key as a success would be.
 */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly problem: Problem,
    readonly begun = false,
  ) {
    super(`refused with ${status}`);
  }
}

type Details = Pick<Problem, 'code' | 'param' | 'charge' | 'payment_intent'>;

/** Something is wrong with what was sent: nothing had begun. */
export const invalid = (message: string, details: Details = {}): Refusal =>
  new Refusal(400, { type: 'invalid_request_error', message, ...details });

/** What was sent is right, and the state of the thing forbids it. */
export const forbidden = (message: string, details: Details): Refusal =>
  new Refusal(400, { type: 'invalid_request_error', message, ...details }, true);

export const unauthorised = (message: string): Refusal => new Refusal(401, { type: 'invalid_request_error', message });

/** A thing nobody here knows; `param` is the one that named it. */
export const missing = (object: string, id: string, param: string): Refusal =>
  new Refusal(404, {
    type: 'invalid_request_error',
    code: 'resource_missing',
    message: `No such ${object}: '${id}'`,
    param,
  });

/** A number, an expiry or a security code that no card has. */
export const misprinted = (code: string, message: string, param: string): Refusal =>
  new Refusal(402, { type: 'card_error', code, message, param });
