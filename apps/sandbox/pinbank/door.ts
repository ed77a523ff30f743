import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { now } from '@libs/kernel/clock.js';
import { redact } from '@libs/kernel/log.js';
import { type Asked, Refusal } from '@apps/sandbox/front.js';
import type { Answer, Body } from '@apps/sandbox/transport.js';
import { seal, unseal } from './cipher.js';
import { written } from './fields.js';
import { type Json, type Room, forbidden, malformed, members } from './room.js';

/** What every caller meets: the log-in, who he is, and how bodies are sealed. */
const same = (a: string, b: string): boolean => {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
};
const signed = (room: Room, content: string): string =>
  createHmac('sha256', room.account.keyValue).update(content).digest('base64url');

const grant = (error: string, error_description: string): Refusal => new Refusal(400, { error, error_description });

/** `POST /token`. Tokens are signed, not stored, so that one outlives a restart. */
export function issueToken(room: Room, asked: Asked): Answer {
  const form = new URLSearchParams(asked.body.text);
  if (form.get('grant_type') !== 'password') throw grant('unsupported_grant_type', 'grant_type must be password');
  const { userName, keyValue } = room.account;
  const known = same(form.get('username') ?? '', userName) && same(form.get('password') ?? '', keyValue);
  if (!known) throw grant('invalid_grant', 'The user name or password is incorrect.');
  const until = `${now().getTime() + room.wire.tokenSeconds * 1000}`;
  const body = {
    access_token: `${until}.${signed(room, until)}`,
    token_type: 'bearer',
    expires_in: room.wire.tokenSeconds,
  };
  return { status: 200, body };
}

export const turnedAway: Answer = {
  status: 401,
  body: { Message: 'Authorization has been denied for this request.' },
};

/** Refuses a call without a good token, or with another's name. */
export function authorise(room: Room, { headers }: Asked): void {
  const [, until = '', signature = ''] = /^bearer (\d+)\.([\w-]+)$/i.exec(String(headers['authorization'] ?? '')) ?? [];
  const good = until !== '' && same(signature, signed(room, until)) && BigInt(until) > BigInt(now().getTime());
  if (!good || !same(String(headers['username'] ?? ''), room.account.userName))
    throw new Refusal(turnedAway.status, turnedAway.body);
  const origin = String(headers['requestorigin'] ?? '');
  if (origin !== room.account.requestOrigin && (origin !== '' || room.wire.origin === 'required'))
    throw new Refusal(400, { Message: 'RequestOrigin is not valid.' });
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
};

/** What is in `Data`, in clear; undefined when that cannot be read. */
export function opened(room: Room, body: Body, encrypted: boolean): Json | undefined {
  const data = members('json' in body ? members(body.json)?.['Data'] : undefined);
  if (!encrypted || !data) return data;
  const text = typeof data['Json'] === 'string' ? unseal(room.account.keyValue, data['Json']) : undefined;
  const json = members(text === undefined ? undefined : parsed(text));
  const inner = members(json?.['Data']);
  if (room.wire.asked === 'either') return inner ?? json;
  return room.wire.asked === 'envelope' ? inner : inner ? undefined : json;
}

/** The `Data` of a call about this customer; refused when it is anything else. */
export function sent(room: Room, asked: Asked, store: boolean): Json {
  const encrypted = asked.path['encrypted'] !== undefined;
  const contentType = String(asked.headers['content-type'] ?? '');
  const data = /^application\/json\b/i.test(contentType) ? opened(room, asked.body, encrypted) : undefined;
  if (!data || (!encrypted && room.wire.plain === 'refused')) throw malformed();
  const { codigoCanal, codigoCliente, keyLoja } = room.account;
  if (data['CodigoCanal'] !== codigoCanal || data['CodigoCliente'] !== codigoCliente)
    throw forbidden('Cliente nao permitido no canal.');
  if (store && data['KeyLoja'] !== keyLoja) throw forbidden('Loja nao encontrada.');
  return data;
}

const code = (room: Room, value: unknown): unknown => (room.wire.codes === 'text' ? String(value) : value);

/** The envelope around what an act said, sealed as the call was. */
export function wrapped(room: Room, encrypted: boolean, { status, body }: Answer): Answer {
  const ValidationData = room.wire.validation === 'null' ? null : { ResultCode: 0, Message: '', Errors: [] };
  const plain = { Data: body, ResultCode: code(room, 0), Message: 'Sucesso.', ValidationData };
  if (!encrypted) return { status, body: plain };
  const text = room.wire.answered === 'inner' ? body : plain;
  return { status, body: { ...plain, Data: { Json: seal(room.account.keyValue, JSON.stringify(text)) } } };
}

/** A refusal travels in clear, or sealed whole as an answer does. */
export function wrappedRefusal(room: Room, encrypted: boolean, refusal: Refusal): Answer {
  const { status, body } = refusal;
  const said = members(body);
  if (status !== 200 || !said || !('ResultCode' in said)) return { status, body };
  const coded = { ...said, ResultCode: code(room, said['ResultCode']) };
  if (!encrypted || room.wire.errors === 'clear') return { status, body: coded };
  const Data = { Json: seal(room.account.keyValue, JSON.stringify(coded)) };
  return { status, body: { ...coded, Data } };
}

/** The `Data` of an answer changed by somebody who can open and close it. */
export function reworded(room: Room, body: unknown, change: (data: unknown) => unknown): unknown {
  const said = members(body);
  if (!said) return body;
  const sealed = members(said['Data'])?.['Json'];
  if (typeof sealed !== 'string') return { ...said, Data: change(said['Data']) };
  const json = parsed(unseal(room.account.keyValue, sealed) ?? '');
  const whole = members(json);
  const next = whole && 'ResultCode' in whole ? { ...whole, Data: change(whole['Data']) } : change(json);
  return { ...said, Data: { Json: seal(room.account.keyValue, JSON.stringify(next)) } };
}

/** What may be kept of a card's number: its first six and its last four. */
export const mask = (number: string): string => `${number.slice(0, 6)}******${number.slice(-4)}`;
/** A text of somebody's without what could be the number of a card. */
export const safe = (value: unknown): string => (typeof value === 'string' ? redact(value) : '');

/** A body as the list of requests may show it: in clear, for who looks at it, and without any card. */
export function shown(room: Room, body: Body): string {
  const whole = 'json' in body ? members(members(body.json)?.['Data']) : undefined;
  if (!whole) return '';
  const data = opened(room, body, typeof whole['Json'] === 'string');
  const { NumeroCartao: number, CodigoSeguranca: _code, ...rest } = data ?? {};
  const card = number === undefined ? {} : { NumeroCartao: mask(written(number)) };
  return JSON.stringify({ Data: { ...rest, ...card } });
}
