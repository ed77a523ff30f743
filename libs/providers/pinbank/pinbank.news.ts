import type { Outcome } from '@libs/providers/contract/outcome.js';
import type { PinbankAnswer } from './pinbank.client.js';
import { type Said, flawed, shown, systemError } from './pinbank.wire.js';

/** What every method's answer has in common. Pure: nothing here touches the wire. */
export const currency = 'BRL';
export type Unknown = Extract<Outcome, { kind: 'unknown' }>;
export type Declined = Extract<Outcome, { kind: 'declined' }>;
type No = Extract<Said, { kind: 'no' }>;

const known: readonly number[] = [1, 2, 3];
/** Whether it is one of the refusals that integrations have met. */
export const isKnown = ({ code }: No): boolean => known.includes(code);

/**
 * A `ResultCode` that is not 0. With fields that cannot be, nothing was executed. Without, Pinbank's refusal and its
 * own failure look alike: an instrument that nobody has seen is refused, money is unknown.
 */
export function refused(no: No, what: 'instrument' | 'money', ref?: string): Declined | Unknown {
  const { code, message, flaws } = no;
  const [first] = flaws;
  const returnCode = String(code);
  const about = ref === undefined ? {} : { ref };
  if (first && known.includes(code)) {
    const said = shown(`${message} ${flaws.map((it) => `${it.field}: ${it.message}`).join('; ')}`);
    return { kind: 'declined', code: flawed(first.field), message: said, returnCode, ...about };
  }
  if (what === 'money' || !known.includes(code) || systemError.test(message)) {
    return { kind: 'unknown', why: 'fault', message: shown(`${code}: ${message}`), ...about };
  }
  return { kind: 'declined', code: code === 3 ? 'request_invalid' : 'not_allowed', message, returnCode, ...about };
}

/** What failed was the question: it says nothing of the act. */
export function doubt(answer: Exclude<PinbankAnswer, { kind: 'yes' }>, ref?: string): Unknown {
  const about = ref === undefined ? {} : { ref };
  if (answer.kind === 'no')
    return { kind: 'unknown', why: 'fault', message: shown(`${answer.code}: ${answer.message}`), ...about };
  const why = answer.kind === 'unknown' ? answer.why : 'dropped';
  return { kind: 'unknown', why, message: answer.message, ...about };
}

export const garbled = (message: string, ref?: string): Unknown => ({
  kind: 'unknown',
  why: 'garbled',
  message,
  ...(ref === undefined ? {} : { ref }),
});
