import { randomBytes } from 'node:crypto';
import { now } from '@libs/kernel/clock.js';
import type { Calling } from '@apps/sandbox/callbacks.js';
import { type Call, type Reply, done } from './call.js';
import { page } from './lists.js';
import { flag, list, merged, metadata, oneOf, params, required, text } from './params.js';
import { forbidden, invalid, missing } from './refusal.js';
import { type Room, type Wire, identity, seconds } from './room.js';
import { endpointShape, eventShape } from './notices.js';
import { signature } from './signing.js';
import { type Endpoint, type Told, endpoints, events } from './tables.js';
import type { Turn } from './turn.js';

/** How events are told: to the address of the endpoint, signed anew with its secret at every try. */
export const calling = (wire: Wire): Calling => ({
  times: wire,
  address: (world, id) => {
    const endpoint = world.of(endpoints).get(id);
    return endpoint?.enabled ? endpoint.url : undefined;
  },
  headers: (world, { key, body, forged }) => {
    const secret = forged ? `whsec_${randomBytes(24).toString('hex')}` : (world.of(endpoints).get(key)?.secret ?? '');
    return {
      'content-type': 'application/json; charset=utf-8',
      'stripe-signature': signature(secret, Math.floor(now().getTime() / 1000), body),
    };
  },
  // Whoever knows the address still has no secret: the signature alone must stop him.
  forged: (address) => address,
});

function address(room: Room, given: string): string {
  const protocol = URL.parse(given)?.protocol;
  if (protocol === 'https:' || (room.wire.plainCallbacks && protocol === 'http:')) return given;
  throw invalid('Invalid URL: an explicit scheme (such as https) must be provided.', {
    code: 'url_invalid',
    param: 'url',
  });
}

const eventName = text(100);

/** `POST /v1/webhook_endpoints`: the only answer that shows the secret. */
export function createEndpoint({ turn, form }: Call): Reply {
  const it = params(form, {
    url: required(text()),
    enabled_events: required(list(eventName, 300)),
    description: text(),
    api_version: text(40),
    connect: flag,
    metadata,
  });
  const url = address(turn.room, it.url);
  if (turn.room.world.of(endpoints).size >= turn.room.wire.mostEndpoints)
    throw forbidden('You have reached the maximum of webhook endpoints.', {});
  const endpoint = turn.put(endpoints, {
    id: identity('we'),
    created: seconds(),
    url,
    secret: `whsec_${randomBytes(24).toString('hex')}`,
    events: it.enabled_events,
    enabled: true,
    ...(it.description !== undefined && { description: it.description }),
    ...(it.api_version !== undefined && { apiVersion: it.api_version }),
    metadata: merged({}, it.metadata),
  });
  return done({ ...endpointShape(endpoint), secret: endpoint.secret });
}

function found(turn: Turn, path: Call['path']): Endpoint {
  const id = path['id'] ?? '';
  const endpoint = turn.find(endpoints, id);
  if (!endpoint) throw missing('webhook endpoint', id, 'webhook_endpoint');
  return endpoint;
}

/** `GET /v1/webhook_endpoints/{id}`. */
export function findEndpoint({ turn, path, form }: Call): Reply {
  params(form, {});
  return done(endpointShape(found(turn, path)));
}

/** `POST /v1/webhook_endpoints/{id}`. */
export function changeEndpoint({ turn, path, form }: Call): Reply {
  const old = found(turn, path);
  const it = params(form, {
    url: text(),
    enabled_events: list(eventName, 300),
    description: text(),
    disabled: flag,
    metadata,
  });
  const next = turn.put(endpoints, {
    ...old,
    ...(it.url !== undefined && { url: address(turn.room, it.url) }),
    ...(it.enabled_events && { events: it.enabled_events }),
    ...(it.description !== undefined && { description: it.description }),
    ...(it.disabled !== undefined && { enabled: !it.disabled }),
    metadata: merged(old.metadata, it.metadata),
  });
  return done(endpointShape(next));
}

/** `DELETE /v1/webhook_endpoints/{id}`. */
export function removeEndpoint({ turn, path, form }: Call): Reply {
  params(form, {});
  const { id } = found(turn, path);
  turn.drop(endpoints, id);
  return done({ id, object: 'webhook_endpoint', deleted: true });
}

/** `GET /v1/webhook_endpoints`. */
export const listEndpoints = (call: Call): Reply =>
  page(call, '/v1/webhook_endpoints', [...call.turn.room.world.of(endpoints).values()], {}, () => true, endpointShape);

/** `GET /v1/events/{id}`. */
export function findEvent({ turn, path, form }: Call): Reply {
  params(form, {});
  const told = turn.find(events, path['id'] ?? '');
  if (!told) throw missing('event', path['id'] ?? '', 'id');
  return done(eventShape(turn.room, told));
}

/** `GET /v1/events`. */
export const listEvents = (call: Call): Reply =>
  page(
    call,
    '/v1/events',
    [...call.turn.room.world.of(events).values()],
    { type: text(), types: list(eventName, 20), delivery_success: oneOf('true', 'false') },
    (row: Told, it) => (it.type ?? row.type) === row.type && (it.types?.includes(row.type) ?? true),
    (row) => eventShape(call.turn.room, row),
  );
