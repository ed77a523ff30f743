/** One refused field of a request: `field` is a dotted path, `code` one of api.md §1's five. */
export interface FieldFault {
  readonly field: string;
  readonly code: 'required' | 'unknown_field' | 'invalid' | 'out_of_range' | 'too_long';
  readonly message: string;
}

/**
 * What a caller is told. `code` is api.md's machine code, `message` Portuguese, `extra` further members of the body.
 */
export abstract class Fault extends Error {
  abstract readonly status: number;

  constructor(
    readonly code: string,
    message: string,
    readonly extra: Readonly<Record<string, unknown>> = {},
    readonly retryAfterSeconds?: number,
  ) {
    super(message);
    this.name = new.target.name;
  }
}

/** 422, or 400, 413 and 415 for what cannot be read at all. */
export class InvalidFault extends Fault {
  readonly status: number;

  constructor(errors: readonly FieldFault[], status = 422, code = 'invalid_request', message = 'Requisição inválida.') {
    super(code, message, errors.length > 0 ? { errors } : {});
    this.status = status;
  }
}
export class UnauthorisedFault extends Fault {
  readonly status = 401;

  constructor() {
    super('unauthorized', 'Credenciais inválidas ou ausentes.');
  }
}
export class ForbiddenFault extends Fault {
  readonly status = 403;

  constructor(message = 'A chave não permite esta operação.') {
    super('forbidden', message);
  }
}
export class MissingFault extends Fault {
  readonly status = 404;

  constructor(message: string) {
    super('not_found', message);
  }
}
/** 409: `invalid_state`, `idempotency_conflict`, `amount_exceeds_remaining`, `payment_id_taken`, … */
export class ConflictFault extends Fault {
  readonly status = 409;
}
/** 422 with a reason of the business: `insufficient_funds`, `cancel_failed`, … */
export class RefusedFault extends Fault {
  readonly status = 422;
}
export class LimitedFault extends Fault {
  readonly status = 429;

  constructor(retryAfterSeconds: number) {
    super('rate_limited', 'Limite de requisições excedido.', {}, retryAfterSeconds);
  }
}
export class UnavailableFault extends Fault {
  readonly status = 503;

  constructor(
    message = 'Nenhum provedor disponível no momento.',
    extra: Readonly<Record<string, unknown>> = {},
    code = 'no_provider_available',
    retryAfterSeconds = 5,
  ) {
    super(code, message, extra, retryAfterSeconds);
  }
}
/** No lane offers the act at all: waiting changes nothing before somebody has changed the lanes. */
export class UnservedFault extends UnavailableFault {
  constructor(extra: Readonly<Record<string, unknown>> = {}) {
    super(undefined, extra, undefined, 3_600);
  }
}
export class InternalFault extends Fault {
  readonly status = 500;

  constructor() {
    super('internal_error', 'Algo deu errado.');
  }
}

/** A single refused field, the most common 422. */
export const refusedField = (field: string, code: FieldFault['code'], message: string): InvalidFault =>
  new InvalidFault([{ field, code, message }]);
