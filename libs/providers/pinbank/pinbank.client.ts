import { createHash } from 'node:crypto';
import { now } from '@libs/kernel/clock.js';
import { pause, timer } from '@libs/kernel/timer.js';
import type { Outcome } from '@libs/providers/contract/outcome.js';
import { type Answered, type HttpAnswer, type Unknown, send } from '@libs/providers/http.js';
import { forgetSimulator, simulator } from '@libs/providers/simulator.js';
import { type Json, object, text } from '@libs/providers/answer.js';
import type { PinbankCredentials } from './pinbank.credentials.js';
import { type Method, type Said, base, hosts, keysPath, saidOf, shown, turnedAway, written } from './pinbank.wire.js';

type Unsent = Extract<Outcome, { kind: 'unsent' }>;
/** A verdict, or why there is none. `unsent` is more than the wire's: no token, no place. */
export type PinbankAnswer = Said | Unknown | Unsent;

interface Door {
  readonly kind: 'at';
  readonly origin: string;
  readonly ca?: string;
}
interface Token {
  readonly kind: 'token';
  readonly value: string;
  readonly untilMs: number; // by the one clock
}
export interface PinbankRequest {
  readonly method: Method;
  readonly data?: Json;
  readonly aside?: boolean;
}

/** Lives of five and of thirty minutes were seen, and "may change without notice". */
const renewMs = 30_000;
const loginMs = 10_000;

const tokens = new Map<string, Token>();
const logins = new Map<string, Promise<Token | Unsent>>();

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
  const token = await tokenOf(by, door, leftMs);
  if (token.kind === 'unsent') return token;
  const first = await posted(by, door, token, request, leftMs);
  if (!denied(first)) return heard(first, by);
  if (tokens.get(nameOf(by)) === token) tokens.delete(nameOf(by));
  const renewed = await tokenOf(by, door, leftMs);
  if (renewed.kind === 'unsent') return renewed;
  const second = await posted(by, door, renewed, request, leftMs);
  return denied(second) ? { kind: 'unsent', why: 'credentials', message: 'status 401' } : heard(second, by);
}

/** A new token, whatever is cached: proves name and key. */
export async function login(by: PinbankCredentials, leftMs: () => number): Promise<Token | Unsent> {
  const door = await doorOf(by, leftMs);
  return door.kind === 'unsent' ? door : fresh(by, door, leftMs);
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
  token: Token,
  { method, data, aside }: PinbankRequest,
  leftMs: () => number,
): Promise<HttpAnswer> {
  const { codigoCanal: CodigoCanal, codigoCliente: CodigoCliente, keyLoja: KeyLoja } = by;
  const { path, body } = written(method, by.keyValue, { CodigoCanal, CodigoCliente, KeyLoja, ...data });
  const answer = await send({
    method: 'POST',
    url: `${door.origin}${path}`,
    headers: {
      authorization: `bearer ${token.value}`,
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

const denied = (answer: HttpAnswer): boolean =>
  answer.kind === 'answered' && answer.status === 401 && turnedAway(answer.json);

/** Without a verdict nothing is known, whatever the status says. */
function heard(answer: HttpAnswer, { keyValue }: PinbankCredentials): PinbankAnswer {
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

async function tokenOf(by: PinbankCredentials, door: Door, leftMs: () => number): Promise<Token | Unsent> {
  const known = tokens.get(nameOf(by));
  return known && known.untilMs > now().getTime() ? known : fresh(by, door, leftMs);
}

/** One login at a time for one customer; who cannot wait for it to the end leaves it to the others. */
async function fresh(by: PinbankCredentials, door: Door, leftMs: () => number): Promise<Token | Unsent> {
  if (leftMs() <= 0) return tooLate;
  const name = nameOf(by);
  let flight = logins.get(name);
  if (flight === undefined) {
    flight = logIn(by, door).finally(() => logins.delete(name));
    logins.set(name, flight);
  }
  return Promise.race([flight, pause(leftMs()).then(() => tooLate)]);
}
const tooLate: Unsent = { kind: 'unsent', why: 'late', message: 'no token within the deadline' };

/** Whatever becomes of a login, the act behind it has not been sent. */
async function logIn(by: PinbankCredentials, door: Door): Promise<Token | Unsent> {
  const form = new URLSearchParams({ username: by.userName, password: by.keyValue, grant_type: 'password' });
  const answer = await send({
    method: 'POST',
    url: `${door.origin}${base}/token`,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: form.toString(),
    tls: door.ca === undefined ? undefined : { ca: door.ca },
    leftMs: timer(loginMs),
    aside: true,
  });
  if (answer.kind !== 'answered') {
    if (answer.kind === 'unsent' && answer.why === 'refused') moved(by);
    const why = answer.why === 'credentials' ? 'credentials' : 'refused';
    return { kind: 'unsent', why, message: `token: ${answer.message}` };
  }
  const token = tokenIn(answer);
  if (token) tokens.set(nameOf(by), token);
  return token ?? refusedLogin(answer);
}

function tokenIn({ status, json }: Answered): Token | undefined {
  const it = object(json);
  const [value, seconds] = [text(it?.['access_token']), it?.['expires_in']];
  if (status !== 200 || value === undefined) return undefined;
  const lifeMs = typeof seconds === 'number' && seconds > 0 ? seconds * 1_000 : 0;
  return { kind: 'token', value, untilMs: now().getTime() + lifeMs - renewMs };
}

function refusedLogin({ status, json }: Answered): Unsent {
  const error = text(object(json)?.['error']);
  const message = shown(`token: ${status} ${error ?? ''}`.trim());
  if (status === 400 && error === 'invalid_grant') return { kind: 'unsent', why: 'credentials', message };
  return { kind: 'unsent', why: status === 429 ? 'limited' : 'refused', message };
}
