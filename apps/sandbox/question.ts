import { type Rule, flaws, integer } from './schema.js';

/** What somebody at the controls asks for; `id` is the first group of the route's path. */
export interface Question {
  readonly body: unknown; // an object
  readonly query: URLSearchParams;
  readonly host: string;
  readonly id: string;
}
/** One route of `/_sim`. `act` answers undefined when it knows no such thing, throws `Wrong` for anything else. */
export interface Control {
  readonly method: string;
  readonly path: RegExp;
  readonly missing?: string; // said with 404 when nobody knows the thing
  readonly act: (question: Question) => unknown;
}

/** A refusal at the controls, with its reason. */
export class Wrong extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

export const must = (reasons: readonly string[]): void => {
  if (reasons.length > 0) throw new Wrong(422, reasons.join('; '));
};

/** Refuses a body that has not these members, or has others. */
export const check = (body: unknown, members: Readonly<Record<string, Rule>>): void =>
  must(flaws(body, members).map((flaw) => `${flaw.caminho}: ${flaw.mensagem}`));

const mostCents = 999_999_999_999;

/** Whole cents, as a number or as its digits. */
export const amountRule: Rule = (value, path) =>
  integer(1, mostCents)(
    typeof value === 'string' && /^\d{1,12}$/.test(value) ? Number.parseInt(value, 10) : value,
    path,
  );
