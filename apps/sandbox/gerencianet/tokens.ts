import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { now } from '@libs/kernel/clock.js';
import type { Asked } from '@apps/sandbox/front.js';
import type { Answer } from '@apps/sandbox/transport.js';
import { type Room, json, oauth } from './room.js';

const scope =
  'cob.read cob.write pix.read pix.write webhook.read webhook.write payloadlocation.read payloadlocation.write';

const same = (a: string, b: string): boolean => {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
};

const signed = (room: Room, content: string): string =>
  createHmac('sha256', room.account.clientSecret).update(content).digest('base64url');

/** `POST /oauth/token`. Tokens are signed, not stored, so that one outlives a restart as the provider's do. */
export function issueToken(room: Room, asked: Asked): Answer {
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
      access_token: `${until}.${signed(room, until)}`,
      token_type: 'Bearer',
      expires_in: room.wire.tokenSeconds,
      scope,
    },
  };
}

/** Refuses a call without a token of ours that is still good by the simulated clock. */
export function authorise(room: Room, headers: Asked['headers']): void {
  const [, until = '', signature = ''] = /^Bearer (\d+)\.([\w-]+)$/.exec(String(headers['authorization'] ?? '')) ?? [];
  if (until !== '' && same(signature, signed(room, until)) && BigInt(until) > BigInt(now().getTime())) return;
  throw oauth(401, 'invalid_token', 'Invalid or expired access token');
}
