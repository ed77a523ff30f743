import { createPublicKey, verify as proves } from 'node:crypto';
import { now } from '@libs/kernel/clock.js';
import type { Answer, Call } from '@libs/providers/contract/call.js';
import type { Callbacks, Notice } from '@libs/providers/contract/callbacks.js';
import { type Json, object, objectIn, text, unanswered } from '@libs/providers/answer.js';
import { signingKeys } from './pinbank.client.js';
import type { PinbankCredentials } from './pinbank.credentials.js';
import { currency } from './pinbank.news.js';
import { digitsOf, moneyOf, open, timeOf } from './pinbank.wire.js';

type Headers = Readonly<Record<string, string | undefined>>;
const toleranceSeconds = 300;

/** Where Pinbank calls is told to its support; every event is signed with a key that it publishes. */
export const callbacks: Callbacks<PinbankCredentials> = { verify, keys, read };

/** `stale`: signed with one of the keys, and too old, or our clock is off. */
function verify(raw: Buffer, headers: Headers, secrets: readonly string[], at: Date): ReturnType<typeof verdictOf> {
  return verdictOf(raw, headers, secrets, at);
}

function verdictOf(
  raw: Buffer,
  headers: Headers,
  secrets: readonly string[],
  at: Date,
): 'genuine' | 'forged' | 'ask-for-keys' | 'stale' {
  const [kid, time, id] = ['webhook-key-id', 'webhook-timestamp', 'webhook-id'].map((name) => headers[name] ?? '');
  const signature = /^v1a,([A-Za-z0-9+/]{86}==)$/.exec(headers['webhook-signature'] ?? '')?.[1];
  if (signature === undefined || !kid || !/^\d{1,12}$/.test(time ?? '')) return 'forged';
  const key = secrets.find((secret) => kidOf(secret) === kid);
  if (key === undefined) return 'ask-for-keys';
  const prefix = open.signed === 'ts.body' ? `${time}.` : `${id}.${time}.`;
  if (!signs(key, Buffer.concat([Buffer.from(prefix), raw]), signature)) return 'forged';
  const offMs = Math.abs(at.getTime() - Number.parseInt(time ?? '', 10) * 1_000);
  return offMs <= toleranceSeconds * 1_000 ? 'genuine' : 'stale';
}

const kidOf = (secret: string): string | undefined => text(objectIn(Buffer.from(secret))?.['kid']);

function signs(secret: string, bytes: Buffer, signature: string): boolean {
  try {
    const { kty, crv, x } = JSON.parse(secret) as { kty?: string; crv?: string; x?: string };
    const key = createPublicKey({ key: { kty, crv, x }, format: 'jwk' });
    return proves(null, bytes, key, Buffer.from(signature, 'base64'));
  } catch {
    return false;
  }
}

/** Each key as the text of its own; undefined when the page is not Pinbank's. */
function keysIn(json: unknown): readonly string[] | undefined {
  const list = object(object(json)?.['jwks'])?.['keys'];
  if (!Array.isArray(list)) return undefined;
  return (list as unknown[]).flatMap((it) => {
    const { kty, crv, kid, x } = object(it) ?? {};
    const whole = kty === 'OKP' && crv === 'Ed25519' && text(kid) !== undefined && text(x) !== undefined;
    return whole ? [JSON.stringify({ kty, crv, kid, x })] : [];
  });
}

/** The development host was seen to have no such page: there no event can be proved. */
async function keys(call: Omit<Call<object, PinbankCredentials>, 'key'>): Promise<Answer<readonly string[]>> {
  const answer = await signingKeys(call.credentials, call.leftMs);
  if (answer.kind !== 'answered') return unanswered(answer, call.credentials.environment);
  const found = answer.status === 200 ? keysIn(answer.json) : undefined;
  if (found) return { kind: 'read', data: found };
  return { kind: 'unread', message: `no signing keys: status ${answer.status}` };
}

/** One notice per event. What a slip or a sale has come to is asked; the payment of a code is told nowhere else. */
function read(raw: Buffer): readonly Notice[] {
  const it = objectIn(raw);
  const [id, type, data] = [text(it?.['EventId']), text(it?.['EventType']), object(it?.['Data'])];
  if (!it || id === undefined || type === undefined || !data) return [];
  if (type === 'Pix.CreditoRecebido') return credited(id, data, timeOf(it['OccurredAt']) ?? now());
  if (type === 'Boleto.Liquidacao') return settled(id, data, timeOf(it['OccurredAt']) ?? now());
  if (type === 'Boleto.Baixa') return hint(text(data['NossoNumero']));
  return type.startsWith('Compra.Transacao') ? hint(digitsOf(data['nsu'])) : [];
}

const hint = (ref: string | undefined): readonly Notice[] =>
  ref === undefined ? [] : [{ kind: 'hint', about: { ref } }];

/** The payment has no other name than the event's. */
function credited(id: string, data: Json, at: Date): readonly Notice[] {
  const [ref, amount] = [digitsOf(data['IdQrcode']), moneyOf(data['Valor'], 'reais')];
  if (ref === undefined || amount === undefined || amount === 0n || data['Status'] !== 'PAGO') return hint(ref);
  const paid = { kind: 'done', ref, receipt: id, at, amount, currency, data: {} } as const;
  return [{ kind: 'event', id, about: { ref, receipt: id }, news: paid }];
}

function settled(id: string, data: Json, at: Date): readonly Notice[] {
  const [ref, amount] = [text(data['NossoNumero']), moneyOf(data['ValorPago'], 'reais')];
  if (ref === undefined || amount === undefined || amount === 0n) return hint(ref);
  return [{ kind: 'event', id, about: { ref }, news: { kind: 'done', ref, at, amount, currency, data: {} } }];
}
