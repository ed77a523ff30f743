import { redact } from '@libs/kernel/log.js';
import type { Notice } from '@libs/providers/contract/callbacks.js';
import type { About } from '@libs/providers/contract/moved.js';

const name = /^[\x21-\x7e]{1,255}$/;
const known = (text: string | undefined): string | undefined => (text && name.test(text) ? text : undefined);

/** The names that could be one of ours; what no provider would send cannot name anything. */
function named({ token, key, ref, receipt }: About): About | undefined {
  const about = { token: known(token), key: known(key), ref: known(ref), receipt: known(receipt) };
  return Object.values(about).some((it) => it !== undefined) ? about : undefined;
}

/** Each fact that a body tells once, though it may tell it twice. */
export function distinct(notices: readonly Notice[]): readonly Notice[] {
  const told = new Map<string, Notice>();
  for (const notice of notices) {
    const about = named(notice.about);
    const fact = notice.kind === 'event' ? `event ${notice.id}` : JSON.stringify([about, notice.doubt]);
    if (about) told.set(fact, { ...notice, about });
  }
  return [...told.values()];
}

const mostBytes = 64 * 1024;
/** In an address, and as Stripe writes the secret of one object: `pi_…_secret_…`. */
const secretWithin = /(secret=|_secret_)[\w-]+/gi;

/** A body as it is kept: text without secrets, at most 64 KiB of it. */
export function kept(raw: Buffer): string {
  const text = redact(raw.toString('utf8').replaceAll('\0', '')).replaceAll(secretWithin, '$1[redacted]');
  return new TextDecoder().decode(Buffer.from(text).subarray(0, mostBytes), { stream: true });
}
