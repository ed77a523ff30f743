import { createHash } from 'node:crypto';
import { type Answered, type HttpRequest, type HttpTls, type Unknown, send } from '@libs/providers/http.js';
import { forgetSimulator, simulator } from '@libs/providers/simulator.js';
import { type Login, type Token, Tokens, type Unsent } from '@libs/providers/tokens.js';
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

interface Door {
  readonly kind: 'at';
  readonly origin: string;
  readonly tls: HttpTls;
  readonly api: Api;
}

const tokens = new Tokens();

/**
 * One call with a token, and with mutual TLS where the API asks for it. Efí executes nothing under a token it refuses,
 * so after its own 401 the call is made a second time, with a new token; a second 401 is `unsent`.
 */
export async function ask(by: GerencianetCredentials, request: EfiRequest, leftMs: () => number): Promise<EfiAnswer> {
  const { api = 'pix' } = request;
  const door = await doorOf(by, api, leftMs);
  if (door.kind === 'unsent') return door;
  const made = (token: string): Promise<EfiAnswer> => authorised(by, door, token, request, leftMs);
  const answer = await tokens.call(loginOf(by, door), leftMs, made, refusesToken);
  return refusesToken(answer) ? credentials(answer) : answer;
}

/** A new token, whatever is cached: proves client and certificate. */
export async function login(by: GerencianetCredentials, leftMs: () => number): Promise<Token | Unsent> {
  const door = await doorOf(by, 'pix', leftMs);
  return door.kind === 'unsent' ? door : tokens.fresh(loginOf(by, door), leftMs);
}

async function authorised(
  by: GerencianetCredentials,
  door: Door,
  token: string,
  request: EfiRequest,
  leftMs: () => number,
): Promise<EfiAnswer> {
  const { method, path, body, aside, headers } = request;
  const answer = await send({
    method,
    url: `${door.origin}${path}`,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
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

const loginOf = (by: GerencianetCredentials, { origin, tls, api }: Door): Login => ({
  name: nameOf(by, api),
  request: {
    method: 'POST',
    url: `${origin}${apis[api].token}`,
    headers: {
      authorization: `Basic ${Buffer.from(`${by.clientId}:${by.clientSecret}`).toString('base64')}`,
      'content-type': 'application/json',
    },
    body: '{"grant_type":"client_credentials"}',
    tls,
  },
  refused: refusedLogin,
  shut: () => moved(by, api),
});

function refusedLogin(answer: Answered): Unsent {
  if (complaintOf(answer.json) !== undefined && among(open.tokenRefused, answer.status)) return credentials(answer);
  const message = shown(`token: status ${answer.status}`);
  return { kind: 'unsent', why: answer.status === 429 ? 'limited' : 'refused', message };
}
