import { createHash } from 'node:crypto';
import { type Answered, type HttpAnswer, type Unknown, send } from '@libs/providers/http.js';
import { forgetSimulator, simulator } from '@libs/providers/simulator.js';
import { type Json, object, text } from '@libs/providers/answer.js';
import { type Login, type Token, Tokens, type Unsent } from '@libs/providers/tokens.js';
import type { PinbankCredentials } from './pinbank.credentials.js';
import { type Method, type Said, base, hosts, keysPath, saidOf, shown, turnedAway, written } from './pinbank.wire.js';

/** A verdict, or why there is none. `unsent` is more than the wire's: no token, no place. */
export type PinbankAnswer = Said | Unknown | Unsent;

interface Door {
  readonly kind: 'at';
  readonly origin: string;
  readonly ca?: string;
}
export interface PinbankRequest {
  readonly method: Method;
  readonly data?: Json;
  readonly aside?: boolean;
}

const tokens = new Tokens();

/**
 * One method. Only Pinbank's own 401 proves that nothing was executed: then it is called once more with a new token,
 * and a second 401 is `unsent`. Nothing else is ever sent twice.
 */
export async function ask(
  by: PinbankCredentials,
  request: PinbankRequest,
  leftMs: () => number,
): Promise<PinbankAnswer> {
  const door = await doorOf(by, leftMs);
  if (door.kind === 'unsent') return door;
  const made = (token: string): Promise<HttpAnswer> => posted(by, door, token, request, leftMs);
  const answer = await tokens.call(loginOf(by, door), leftMs, made, denied);
  return denied(answer) ? { kind: 'unsent', why: 'credentials', message: 'status 401' } : heard(answer, by);
}

/** A new token, whatever is cached: proves name and key. */
export async function login(by: PinbankCredentials, leftMs: () => number): Promise<Token | Unsent> {
  const door = await doorOf(by, leftMs);
  return door.kind === 'unsent' ? door : tokens.fresh(loginOf(by, door), leftMs);
}

/** The page of keys under which events are signed. */
export async function signingKeys(by: PinbankCredentials, leftMs: () => number): Promise<HttpAnswer> {
  const door = await doorOf(by, leftMs);
  if (door.kind === 'unsent') return door as Extract<HttpAnswer, { kind: 'unsent' }>;
  const tls = door.ca === undefined ? undefined : { ca: door.ca };
  return send({ method: 'GET', url: `${door.origin}${keysPath}`, tls, leftMs, aside: true });
}

async function posted(
  by: PinbankCredentials,
  door: Door,
  token: string,
  { method, data, aside }: PinbankRequest,
  leftMs: () => number,
): Promise<HttpAnswer> {
  const { codigoCanal: CodigoCanal, codigoCliente: CodigoCliente, keyLoja: KeyLoja } = by;
  const { path, body } = written(method, by.keyValue, { CodigoCanal, CodigoCliente, KeyLoja, ...data });
  const answer = await send({
    method: 'POST',
    url: `${door.origin}${path}`,
    headers: {
      authorization: `bearer ${token}`,
      username: by.userName,
      ...(by.requestOrigin === undefined ? {} : { requestorigin: by.requestOrigin }),
      'content-type': 'application/json',
    },
    body,
    tls: door.ca === undefined ? undefined : { ca: door.ca },
    leftMs,
    aside,
  });
  if (answer.kind === 'unsent' && answer.why === 'refused') moved(by);
  return answer;
}

const denied = (answer: HttpAnswer | Unsent): boolean =>
  answer.kind === 'answered' && answer.status === 401 && turnedAway(answer.json);

/** Without a verdict nothing is known, whatever the status says. */
function heard(answer: HttpAnswer | Unsent, { keyValue }: PinbankCredentials): PinbankAnswer {
  if (answer.kind !== 'answered') return answer;
  if (answer.status !== 200) return { kind: 'unknown', why: 'fault', message: `status ${answer.status}` };
  const said = saidOf(answer.json, keyValue);
  return said ?? { kind: 'unknown', why: 'garbled', message: 'status 200 and a body that does not fit' };
}

async function doorOf({ environment }: PinbankCredentials, leftMs: () => number): Promise<Door | Unsent> {
  if (environment !== 'simulator') return { kind: 'at', origin: hosts[environment] };
  const place = await simulator('pinbank', leftMs);
  return place.kind === 'unsent' ? place : { kind: 'at', origin: place.origin, ca: place.ca };
}

/** The simulator takes another port when it is started again. */
function moved({ environment }: PinbankCredentials): void {
  if (environment === 'simulator') forgetSimulator('pinbank');
}

/** Whose token it is; a rotated key starts anew. */
const nameOf = ({ environment, userName, keyValue }: PinbankCredentials): string =>
  createHash('sha256')
    .update(JSON.stringify([environment, userName, keyValue]))
    .digest('base64');

const loginOf = (by: PinbankCredentials, { origin, ca }: Door): Login => ({
  name: nameOf(by),
  request: {
    method: 'POST',
    url: `${origin}${base}/token`,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ username: by.userName, password: by.keyValue, grant_type: 'password' }).toString(),
    tls: ca === undefined ? undefined : { ca },
  },
  refused: refusedLogin,
  shut: () => moved(by),
});

function refusedLogin({ status, json }: Answered): Unsent {
  const error = text(object(json)?.['error']);
  const message = shown(`token: ${status} ${error ?? ''}`.trim());
  if (status === 400 && error === 'invalid_grant') return { kind: 'unsent', why: 'credentials', message };
  return { kind: 'unsent', why: status === 429 ? 'limited' : 'refused', message };
}
