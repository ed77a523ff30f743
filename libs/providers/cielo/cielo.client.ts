import { type HttpAnswer, type HttpRequest, send } from '@libs/providers/http.js';
import { forgetSimulator, simulator } from '@libs/providers/simulator.js';
import type { CieloCredentials } from './cielo.credentials.js';
import { hosts, simulated } from './cielo.wire.js';

export interface CieloRequest {
  readonly method: HttpRequest['method'];
  /** Acts and questions have hosts of their own. */
  readonly host: 'transaction' | 'query';
  readonly path: string;
  readonly body?: unknown;
  readonly aside?: boolean;
}
interface Door {
  readonly kind: 'at';
  readonly base: string;
  readonly ca?: string;
}

/** One call of the e-commerce API: the store's id and key go with each, and nothing is ever sent twice. */
export async function ask(by: CieloCredentials, request: CieloRequest, leftMs: () => number): Promise<HttpAnswer> {
  const door = await doorOf(by, request.host, leftMs);
  if (door.kind === 'unsent') return door;
  const { method, path, body, aside } = request;
  const answer = await send({
    method,
    url: `${door.base}${path}`,
    headers: { merchantid: by.merchantId, merchantkey: by.merchantKey, 'content-type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
    tls: door.ca === undefined ? undefined : { ca: door.ca },
    leftMs,
    aside,
  });
  // The simulator takes another port when it is started again.
  if (by.environment === 'simulator' && answer.kind === 'unsent' && answer.why === 'refused') forgetSimulator('cielo');
  return answer;
}

async function doorOf(
  { environment }: CieloCredentials,
  host: CieloRequest['host'],
  leftMs: () => number,
): Promise<Door | Extract<HttpAnswer, { kind: 'unsent' }>> {
  if (environment !== 'simulator') return { kind: 'at', base: hosts[environment][host] };
  const place = await simulator('cielo', leftMs);
  return place.kind === 'unsent' ? place : { kind: 'at', base: `${place.origin}${simulated[host]}`, ca: place.ca };
}
