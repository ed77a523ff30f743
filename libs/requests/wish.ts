import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Caller } from '@libs/kernel/caller.js';
import { refusedField } from '@libs/kernel/fault.js';

/** A caller's POST as the idempotency sees it: whose it is, under which key, and what it asks. */
export class Wish {
  constructor(
    /** `merchant:{id}:{mode}` or `admin:{keyId}`. */
    readonly scope: string,
    /** The Idempotency-Key as it came, unchecked: its refusal comes after that of the body. */
    readonly key: string | undefined,
    /** METHOD and path, ids included. */
    readonly route: string,
    /** The query as it came. */
    readonly query: string,
    /** The parsed body as it came. */
    readonly body: unknown,
  ) {}

  /** The key, when there is one. @throws InvalidFault for one that is not 1 to 255 printable ASCII characters. */
  get checkedKey(): string | undefined {
    if (this.key === undefined || /^[\x20-\x7e]{1,255}$/.test(this.key)) return this.key;
    throw refusedField('Idempotency-Key', this.key.length > 255 ? 'too_long' : 'invalid', 'Valor inválido.');
  }
}

export const scopeOf = (caller: Caller): string =>
  caller.kind === 'merchant' ? `merchant:${caller.merchantId}:${caller.mode}` : `admin:${caller.keyId}`;

interface Asked {
  readonly caller?: Caller;
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body?: unknown;
}

/** The wish of this request; only where a guard has made sure of a caller. */
export const Wishing = createParamDecorator((_: unknown, context: ExecutionContext): Wish => {
  const { caller, method, url, headers, body } = context.switchToHttp().getRequest<Asked>();
  if (caller === undefined) throw new Error('a route without its guard');
  const [path = '', query = ''] = url.split(/\?(.*)/s);
  return new Wish(scopeOf(caller), headers['idempotency-key']?.toString(), `${method} ${path}`, query, body);
});
