import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { now } from '@libs/kernel/clock.js';
import type { Asked } from '@apps/sandbox/front.js';
import type { Answer } from '@apps/sandbox/transport.js';
import { type Room, json, oauth } from './room.js';

const scopes = {
  pix: 'cob.read cob.write pix.read pix.write webhook.read webhook.write payloadlocation.read payloadlocation.write',
  cobrancas: 'charge',
} as const;

const same = (a: string, b: string): boolean => {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
};

/** Each of its hosts gives tokens of its own, and takes no other's. */
export type Host = 'pix' | 'cobrancas';

const signed = (room: Room, host: Host, until: string): string =>
  createHmac('sha256', room.account.clientSecret).update(`${host}.${until}`).digest('base64url');

/**
 * `POST /oauth/token`, `POST /v1/authorize`. Tokens are signed, not stored, so that one outlives a restart as the
 * provider's do.
 */
export const issueToken =
  (host: Host) =>
  (room: Room, asked: Asked): Answer => {
    const { clientId, clientSecret } = room.account;
    const basic = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`;
    if (!same(String(asked.headers['authorization'] ?? ''), basic))
      throw oauth(room.wire.invalidClientStatus, 'invalid_client', 'Invalid or inactive credentials');
    const body = json(asked);
    const grant = typeof body === 'object' && body !== null && 'grant_type' in body ? body.grant_type : undefined;
    if (grant === undefined) throw oauth(400, 'invalid_request', 'grant_type is required');
    if (grant !== 'client_credentials') throw oauth(400, 'unsupported_grant_type', 'Unsupported grant_type');
    const until = `${now().getTime() + room.wire.tokenSeconds * 1000}`;
    return {
      status: 200,
      body: {
        access_token: `${until}.${signed(room, host, until)}`,
        token_type: 'Bearer',
        expires_in: room.wire.tokenSeconds,
        scope: scopes[host],
      },
    };
  };

/** Refuses a call without a token of ours that is still good by the simulated clock. */
export function authorise(room: Room, host: Host, headers: Asked['headers']): void {
  const [, until = '', signature = ''] = /^Bearer (\d+)\.([\w-]+)$/.exec(String(headers['authorization'] ?? '')) ?? [];
  if (until !== '' && same(signature, signed(room, host, until)) && BigInt(until) > BigInt(now().getTime())) return;
  throw oauth(401, 'invalid_token', 'Invalid or expired access token');
}
