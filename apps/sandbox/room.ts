import type { Account } from './certificates.js';
import type { CallbackTimes, Callbacks } from './callbacks.js';
import type { Faults } from './faults.js';
import type { Flaw } from './schema.js';
import type { World } from './world.js';

/** What the provider's pages leave open, and how long things take there. The values are in gerencianet.ts. */
export interface Wire extends CallbackTimes {
  tokenSeconds: number;
  invalidClientStatus: number; // of wrong credentials: not confirmed
  missingStatus: number; // of a txid, Pix or refund nobody knows: Efí says 400, BACEN 404
  webhookStatus: number; // of a registered address: Efí says 201, BACEN 200
  webhookBody: 'url' | 'none';
  withLocCreation: boolean; // `loc.criacao`: in the official schemas, absent from the printed samples
  calendarRequired: boolean;
  plainCallbacks: boolean; // the real one calls https only; our own side is plain HTTP on this machine
  blockedDocuments: readonly string[];
  refundDays: number;
  refundDelayMs: number;
  holdMs: number; // the longest a timed-out call is held open
  slowMs: number;
}

export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}
/** One authenticated call: the groups of its path, its query, its body as sent. */
export interface Asked {
  readonly path: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly json: () => unknown; // throws the refusal that says what is wrong with it
}

/** Everything the provider's acts need, made once at the start. */
export interface Room {
  readonly world: World;
  readonly faults: Faults;
  readonly callbacks: Callbacks;
  readonly account: Account;
  readonly wire: Wire;
  readonly after: (waitMs: number, act: () => void) => void; // a timer that ends with the sandbox
}

/** A refusal of the provider's, thrown by its acts and answered as it stands. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly body: unknown,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(`refused with ${status}`);
  }
}

/** The provider's older family of errors. */
export const named = (status: number, nome: string, mensagem: string, erros?: readonly Flaw[]): Refusal =>
  new Refusal(status, { nome, mensagem, ...(erros && { erros }) });

export const malformed = (erros: readonly Flaw[]): Refusal =>
  named(400, 'json_invalido', 'Valores ou tipos de campos inválidos', erros);

/** The newer family, RFC 7807 with the types of the normative contract. */
export const problem = (status: number, type: string, title: string, razao: string, propriedade: string): Refusal =>
  new Refusal(
    status,
    {
      type: `https://pix.bcb.gov.br/api/v2/error/${type}`,
      title,
      status,
      detail: razao,
      violacoes: [{ razao, propriedade }],
    },
    { 'content-type': 'application/problem+json' },
  );

export const oauth = (status: number, error: string, description: string): Refusal =>
  new Refusal(status, { error, error_description: description });
