import { type KeyObject, createPrivateKey, createPublicKey, randomBytes, sign } from 'node:crypto';
import type { Calling } from '@apps/sandbox/callbacks.js';
import { now } from '@libs/kernel/clock.js';
import type { Answer } from '@apps/sandbox/transport.js';
import type { Callback, World } from '@apps/sandbox/world.js';
import type { Room } from './room.js';
import { keyTable } from './rows.js';
import { type Wire, wire } from './wire.js';

/** What stands before the 32 bytes of an Ed25519 seed in PKCS#8. */
const head = Buffer.from('302e020100300506032b657004220420', 'hex');
const privateKey = (seed: string): KeyObject =>
  createPrivateKey({ key: Buffer.concat([head, Buffer.from(seed, 'hex')]), format: 'der', type: 'pkcs8' });

const kidOf = (generation: string): string => `sandbox-key-${generation}`;

/** The seed in force, made when it is first asked for. */
function seedOf(world: World, generation: string): string {
  const known = world.of(keyTable).get(generation);
  if (known !== undefined) return known;
  const seed = randomBytes(32).toString('hex');
  world.commit(keyTable.put(generation, seed));
  return seed;
}

/** `v1a,` and the 64 bytes over the time and the raw body; where the wire is set so, with the id before them. */
export function signature(seed: string, how: Wire['signed'], id: string, at: string, body: string): string {
  const text = how === 'ts.body' ? `${at}.${body}` : `${id}.${at}.${body}`;
  return `v1a,${sign(null, Buffer.from(text), privateKey(seed)).toString('base64')}`;
}

const idIn = (body: string): string => String((JSON.parse(body) as { readonly EventId?: unknown }).EventId);

/** Signed anew at every try. Whoever knows the address has no key: his signature alone must stop him. */
function headers(world: World, { body, forged }: Callback): Readonly<Record<string, string>> {
  const generation = `${wire.signingKey}`;
  const own = seedOf(world, generation);
  const seed = forged ? randomBytes(32).toString('hex') : own;
  const at = `${Math.floor(now().getTime() / 1000)}`;
  return {
    'webhook-id': idIn(body),
    'webhook-timestamp': at,
    'webhook-signature': signature(seed, wire.signed, idIn(body), at, body),
    'webhook-key-id': kidOf(generation),
  };
}

/** Told by hand. What is answered with another 4xx is not told again. */
export const calling: Calling = {
  times: wire,
  byHand: true,
  headers,
  forged: (address) => address,
  accepts: (status) =>
    (status >= 200 && status < 300) || (status >= 400 && status < 500 && ![408, 429].includes(status)),
};

/** `GET /webhook/signing-key`: the keys of now and of before. */
export function publishKeys(room: Room): Answer {
  if (room.wire.keys === 'absent') return { status: 404 };
  seedOf(room.world, `${room.wire.signingKey}`);
  const keys = [...room.world.of(keyTable)].map(([generation, seed]) => {
    const { kty, crv, x } = createPublicKey(privateKey(seed)).export({ format: 'jwk' });
    return { kty, crv, kid: kidOf(generation), x };
  });
  return { status: 200, body: { jwks: { keys } } };
}
