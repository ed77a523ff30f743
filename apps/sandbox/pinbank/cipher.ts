import { createCipheriv, createDecipheriv } from 'node:crypto';

/** The provider's own way: no vector but zeros, and nothing that would tell a changed text. */
const scheme = 'aes-128-cbc';
const vector = Buffer.alloc(16);

/** A text under the key value of an account, in base64. */
export function seal(keyValue: string, text: string): string {
  const cipher = createCipheriv(scheme, Buffer.from(keyValue, 'utf8'), vector);
  return Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]).toString('base64');
}

/** The text again; undefined when it was not sealed under this key, or not at all. */
export function unseal(keyValue: string, base64: string): string | undefined {
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(base64)) return undefined;
  try {
    const decipher = createDecipheriv(scheme, Buffer.from(keyValue, 'utf8'), vector);
    return Buffer.concat([decipher.update(base64, 'base64'), decipher.final()]).toString('utf8');
  } catch {
    return undefined;
  }
}
