import type { Outcome } from './contract/outcome.js';
import { providerSettings } from './settings.js';

export type Json = Readonly<Record<string, unknown>>;
export const object = (value: unknown): Json | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
export const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

/** The object that a raw body is; undefined for any other body, and for what is no JSON. */
export function objectIn(raw: Buffer): Json | undefined {
  try {
    return object(JSON.parse(raw.toString('utf8')));
  } catch {
    return undefined;
  }
}

export interface Refusal {
  readonly kind: 'refused' | 'unread';
  readonly message: string;
}
/** What a question without an answer is. `refused`: our own credentials say no, and asking again changes nothing. */
export function unanswered(answer: Extract<Outcome, { kind: 'unsent' | 'unknown' }>, environment: string): Refusal {
  const nowhere = environment === 'simulator' && providerSettings().sandboxUrl === undefined;
  const no = answer.kind === 'unsent' && answer.why === 'credentials' && !nowhere;
  return { kind: no ? 'refused' : 'unread', message: answer.message };
}
