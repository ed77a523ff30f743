import type { LoggerOptions } from 'pino';

const secretNames =
  'authorization|cookie|password|secret|client_?secret|client_?id|certificate|passphrase|pfx|key|' +
  'api_?key|master_?key|' +
  'access_?token|auth_?token|token|cvv|cvc|securitycode|card_?number|number|webhook-signature';
const secretMember = new RegExp(`("(?:${secretNames})"\\s*:\\s*)("(?:[^"\\\\]|\\\\.)*"|\\d+)`, 'gi');
const secretName = new RegExp(`^(?:${secretNames}|credentials)$|secret|password|private`, 'i');
/** The same inside a text that is itself a member of JSON: a recorded body, a quoted answer. */
const quotedMember = new RegExp(`(\\\\+"(?:${secretNames})\\\\+"\\s*:\\s*)(?:(\\\\+")[^"]*"|\\d+)`, 'gi');
const bearer = /\b(Bearer|Basic)\s+[A-Za-z0-9+/=._~-]+/gi;
const ourKey = /\b([sa]k_(?:test_|live_)?|at_|whsec_)[A-Za-z0-9_+/=-]{4,}/g;
const callbackPath = /(\/callbacks\/[a-z]+\/)[^/?\s"]+/g;
const cardNumber = /\b\d(?:[ -]?\d){12,18}\b/g;

/** Whether a run of digits passes Luhn: what could be a card number is cut, a bar code is not. */
function luhn(digits: string): boolean {
  let total = 0;
  for (let i = 0; i < digits.length; i += 1) {
    const digit = digits.charCodeAt(digits.length - 1 - i) - 48;
    const doubled = i % 2 === 1 ? digit * 2 : digit;
    total += doubled > 9 ? doubled - 9 : doubled;
  }
  return total % 10 === 0;
}

/** Whether what stands under this name is never shown, whatever it is. */
export const isSecret = (name: string): boolean => secretName.test(name);

/** A text that may be shown: keys, tokens, passwords, callback secrets and card numbers are cut out of it. */
export function redact(text: string): string {
  return text
    .replaceAll(secretMember, '$1"[redacted]"')
    .replaceAll(quotedMember, '$1$2[redacted]$2')
    .replaceAll(bearer, '$1 [redacted]')
    .replaceAll(ourKey, '$1[redacted]')
    .replaceAll(callbackPath, '$1[redacted]')
    .replaceAll(cardNumber, (found) => (luhn(found.replaceAll(/\D/g, '')) ? '[redacted]' : found));
}

/**
 * Options of every logger of the project: one JSON line each, secrets cut, errors by their stack without their data.
 */
export const logOptions = (level: string): LoggerOptions => ({
  level,
  base: null,
  formatters: { level: (label) => ({ level: label }) },
  redact: {
    paths: ['req.headers.authorization', 'req.headers.cookie', '*.password', '*.secret', '*.credentials', '*.key'],
    censor: '[redacted]',
  },
  serializers: {
    err: (error: unknown) =>
      error instanceof Error
        ? { type: error.name, message: redact(error.message), stack: redact(error.stack ?? '') }
        : redact(String(error)),
  },
});
