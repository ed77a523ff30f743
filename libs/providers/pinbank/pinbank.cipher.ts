import { createCipheriv, createDecipheriv } from 'node:crypto';

// Pinbank's own choice: a vector of zeros and no check of integrity, so that TLS alone protects what travels.
const algorithm = 'aes-128-cbc';
const zeros = new Uint8Array(16);

/** A text as Pinbank takes it: UTF-8 under the KeyValue, base64. */
export function sealed(keyValue: string, text: string): string {
  const cipher = createCipheriv(algorithm, keyValue, zeros);
  return cipher.update(text, 'utf8', 'base64') + cipher.final('base64');
}

/** The text of an answer; undefined when this key did not seal it, whatever it is. */
export function opened(keyValue: string, base64: string): string | undefined {
  try {
    const decipher = createDecipheriv(algorithm, keyValue, zeros);
    return decipher.update(base64, 'base64', 'utf8') + decipher.final('utf8');
  } catch {
    return undefined;
  }
}
