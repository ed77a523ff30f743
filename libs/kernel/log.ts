import type { LoggerOptions } from 'pino';
import { cutCardNumbers } from './luhn.js';

const secretNames =
  'authorization|cookie|password|secret|client_?secret|client_?id|certificate|passphrase|pfx|key|' +
  'api_?key|master_?key|merchant_?key|key_?value|key_?loja|chave_?gateway|' +
  'access_?token|auth_?token|token|cvv2?|cvc2?|security_?code|card_?number|number|webhook-signature';
const secretMember = new RegExp(`("(?:${secretNames})"\\s*:\\s*)("(?:[^"\\\\]|\\\\.)*"|\\d+)`, 'gi');
const secretName = new RegExp(`^(?:${secretNames}|credentials)$|secret|password|private`, 'i');
/** The same inside a text that is itself a member of JSON: a recorded body, a quoted answer. */
const quotedMember = new RegExp(`(\\\\+"(?:${secretNames})\\\\+"\\s*:\\s*)(?:(\\\\+")[^"]*"|\\d+)`, 'gi');
const bearer = /\b(Bearer|Basic)\s+[A-Za-z0-9+/=._~-]+/gi;
/** A header as it stands on the wire, or in a list of names and values. */
const secretHeader = /(\bmerchant-?key["',]*\s*[:=,]\s*["']?)[^\s"',]+/gi;
/** What a log-in sends as a form. */
const secretForm = /((?:^|[&\s"])(?:password|client_secret)=)[^&\s"]+/gim;
const ourKey = /\b([sa]k_(?:test_|live_)?|at_|whsec_)[A-Za-z0-9_+/=-]{4,}/g;
/** As it stands, or as it travels in a form. */
const callbackPath = /((?:\/|%2F)callbacks(?:\/|%2F)[a-z]+(?:\/|%2F))[^/?&%\s"]+/gi;
/** The digits on the back of a card, in a form or in what an inspection prints. */
const cardCode = /((?:\b|_|\[|%5B)(?:cvv2?|cvc2?|security_?code)["']?(?:\]|%5D)?\s*[=:]\s*["']?)\d{3,4}(?!\d)/gi;

/** Whether what stands under this name is never shown, whatever it is. */
export const isSecret = (name: string): boolean => secretName.test(name);

/** A text that may be shown: keys, tokens, passwords, callback secrets and card numbers are cut out of it. */
export function redact(text: string): string {
  const cut = text
    .replaceAll(secretMember, '$1"[redacted]"')
    .replaceAll(quotedMember, '$1$2[redacted]$2')
    .replaceAll(bearer, '$1 [redacted]')
    .replaceAll(secretHeader, '$1[redacted]')
    .replaceAll(secretForm, '$1[redacted]')
    .replaceAll(ourKey, '$1[redacted]')
    .replaceAll(callbackPath, '$1[redacted]')
    .replaceAll(cardCode, '$1[redacted]');
  return cutCardNumbers(cut);
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
