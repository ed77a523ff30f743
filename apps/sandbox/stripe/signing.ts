import { createHmac } from 'node:crypto';

/** The header of an event: HMAC-SHA256 over the time, a dot and the raw body, keyed by the whole secret as text. */
export function signature(secret: string, atSeconds: number, body: string): string {
  const digest = createHmac('sha256', secret).update(`${atSeconds}.${body}`).digest('hex');
  return `t=${atSeconds},v1=${digest}`;
}
