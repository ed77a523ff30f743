import { createHash } from 'node:crypto';
import { now } from '@libs/kernel/clock.js';
import { pause, timer } from '@libs/kernel/timer.js';
import type { Outcome } from '@libs/providers/contract/outcome.js';
import { type Answered, type HttpRequest, type HttpTls, type Unknown, send } from '@libs/providers/http.js';
import { forgetSimulator, simulator } from '@libs/providers/simulator.js';
import type { GerencianetCredentials } from './gerencianet.credentials.js';
import { type Api, among, apis, complaintOf, open, shown } from './gerencianet.wire.js';

export interface EfiRequest {
  /** Absent: that of Pix. */
  readonly api?: Api;
  readonly method: HttpRequest['method'];
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly aside?: boolean;
}
/** `unsent` is more than the wire's: no token, too many calls. */
export type EfiAnswer = Answered | Unknown | Unsent;
type Unsent = Extract<Outcome, { kind: 'unsent' }>;

interface Door {
  readonly kind: 'at';
  readonly origin: string;
  readonly tls: HttpTls;
  readonly api: Api;
}
interface Token {
  readonly kind: 'token';
  readonly value: string;
  readonly untilMs: number; // by the one clock
}

const renewMs = 30_000; // before its end, as Efí's own client does
const loginMs = 10_000;

const tokens = new Map<string, Token>();
const logins = new Map<string, Promise<Token | Unsent>>();

/**
 * One call with a token, and with mutual TLS where the API asks for it. Efí executes nothing under a token it refuses,
 * so after its own 401 the call is made a second time, with a new token; a second 401 is `unsent`.
 */
export async function ask(by: GerencianetCredentials, request: EfiRequest, leftMs: () => number): Promise<EfiAnswer> {
  const { api = 'pix' } = request;
  const door = await doorOf(by, api, leftMs);
  if (door.kind === 'unsent') return door;
  const token = await tokenOf(by, door, leftMs);
  if (token.kind === 'unsent') return token;
  const answer = await authorised(by, door, token, request, leftMs);
  if (!refusesToken(answer)) return answer;
  const name = nameOf(by, api);
  if (tokens.get(name) === token) tokens.delete(name);
  const renewed = await tokenOf(by, door, leftMs);
  if (renewed.kind === 'unsent') return renewed;
  const second = await authorised(by, door, renewed, request, leftMs);
  return refusesToken(second) ? credentials(second) : second;
}

/** A new token, whatever is cached: proves client and certificate. */
export async function login(by: GerencianetCredentials, leftMs: () => number): Promise<Token | Unsent> {
  const door = await doorOf(by, 'pix', leftMs);
  return door.kind === 'unsent' ? door : fresh(by, door, leftMs);
}

async function authorised(
  by: GerencianetCredentials,
  door: Door,
  token: Token,
  request: EfiRequest,
  leftMs: () => number,
): Promise<EfiAnswer> {
  const { method, path, body, aside, headers } = request;
  const answer = await send({
    method,
    url: `${door.origin}${path}`,
    headers: { authorization: `Bearer ${token.value}`, 'content-type': 'application/json', ...headers },
    body: body === undefined ? undefined : JSON.stringify(body),
    tls: door.tls,
    leftMs,
    aside,
  });
  if (answer.kind === 'unsent' && answer.why === 'refused') moved(by, door.api);
  return answer;
}

const refusesToken = (answer: EfiAnswer): answer is Answered =>
  answer.kind === 'answered' && answer.status === 401 && complaintOf(answer.json) !== undefined;

function credentials(answer: Answered): Unsent {
  const said = complaintOf(answer.json);
  return {
    kind: 'unsent',
    why: 'credentials',
    message: `${answer.status} ${said?.code}: ${said?.message}`.slice(0, 255),
  };
}

async function doorOf(by: GerencianetCredentials, api: Api, leftMs: () => number): Promise<Door | Unsent> {
  const { passphrase, environment, certificate } = by;
  const own: HttpTls = apis[api].mutual ? { pfx: Buffer.from(certificate, 'base64'), passphrase } : {};
  if (environment !== 'simulator') return { kind: 'at', origin: apis[api][environment], tls: own, api };
  const place = await simulator(apis[api].simulator, leftMs);
  return place.kind === 'unsent' ? place : { kind: 'at', origin: place.origin, tls: { ...own, ca: place.ca }, api };
}

/** The simulator takes another port when it is started again. */
function moved(by: GerencianetCredentials, api: Api): void {
  if (by.environment === 'simulator') forgetSimulator(apis[api].simulator);
}

/** Whose token it is; a rotated secret or certificate starts anew. */
const nameOf = (by: GerencianetCredentials, api: Api): string =>
  createHash('sha256')
    .update(JSON.stringify([api, by.environment, by.clientId, by.clientSecret, by.certificate]))
    .digest('base64');

async function tokenOf(by: GerencianetCredentials, door: Door, leftMs: () => number): Promise<Token | Unsent> {
  const known = tokens.get(nameOf(by, door.api));
  return known && known.untilMs > now().getTime() ? known : fresh(by, door, leftMs);
}

/** One login at a time for one client; who cannot wait for it to the end leaves it to the others. */
async function fresh(by: GerencianetCredentials, door: Door, leftMs: () => number): Promise<Token | Unsent> {
  if (leftMs() <= 0) return tooLate;
  const name = nameOf(by, door.api);
  let flight = logins.get(name);
  if (flight === undefined) {
    flight = logIn(by, door).finally(() => logins.delete(name));
    logins.set(name, flight);
  }
  return Promise.race([flight, pause(leftMs()).then(() => tooLate)]);
}
const tooLate: Unsent = { kind: 'unsent', why: 'late', message: 'no token within the deadline' };

/** Whatever becomes of a login, the act behind it has not been sent. */
async function logIn(by: GerencianetCredentials, door: Door): Promise<Token | Unsent> {
  const answer = await send({
    method: 'POST',
    url: `${door.origin}${apis[door.api].token}`,
    headers: {
      authorization: `Basic ${Buffer.from(`${by.clientId}:${by.clientSecret}`).toString('base64')}`,
      'content-type': 'application/json',
    },
    body: '{"grant_type":"client_credentials"}',
    tls: door.tls,
    leftMs: timer(loginMs),
    aside: true,
  });
  if (answer.kind !== 'answered') {
    if (answer.kind === 'unsent' && answer.why === 'refused') moved(by, door.api);
    const why = answer.why === 'credentials' ? 'credentials' : 'refused';
    return { kind: 'unsent', why, message: `token: ${answer.message}` };
  }
  const token = tokenIn(answer);
  if (token) tokens.set(nameOf(by, door.api), token);
  return token ?? refusedLogin(answer);
}

function tokenIn(answer: Answered): Token | undefined {
  const { access_token: value, expires_in: seconds } = Object(answer.json) as Readonly<Record<string, unknown>>;
  if (answer.status !== 200 || typeof value !== 'string' || value === '') return undefined;
  const lifeMs = typeof seconds === 'number' && seconds > 0 ? seconds * 1_000 : 0;
  return { kind: 'token', value, untilMs: now().getTime() + lifeMs - renewMs };
}

function refusedLogin(answer: Answered): Unsent {
  if (complaintOf(answer.json) !== undefined && among(open.tokenRefused, answer.status)) return credentials(answer);
  const message = shown(`token: status ${answer.status}`);
  return { kind: 'unsent', why: answer.status === 429 ? 'limited' : 'refused', message };
}
