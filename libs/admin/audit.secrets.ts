import { Decimal } from '@libs/kernel/json.js';
import { isSecret, redact } from '@libs/kernel/log.js';

const cut = '[redacted]';
/** PostgreSQL stores neither NUL nor half of a surrogate pair, and what was refused for them is kept all the same. */
const storable = (text: string): string => text.replaceAll('\0', '\u2400').replaceAll(/\p{Cs}/gu, '\ufffd');

/**
 * JSON as it may be kept for ever: what stands under a secret's name is cut whole, and so is what looks like a key or a
 * card number in any other text. That a secret was given, or was null, stays to be seen.
 */
export function withoutSecrets(value: unknown): unknown {
  if (typeof value === 'string') return redact(storable(value));
  if (value instanceof Decimal) return value.text;
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).map(([name, inner]): [string, unknown] => {
    const told = redact(storable(name));
    const secret = isSecret(name) || told !== storable(name); // who writes one as a name may write another beside it
    const shown = inner === null || inner === undefined || typeof inner === 'boolean' || !secret;
    return [told, shown ? withoutSecrets(inner) : cut];
  });
  return Object.fromEntries(members);
}
