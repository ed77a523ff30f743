import type { Heard } from './raw.js';

interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly requestId: string;
  readonly errors?: readonly { readonly field: string; readonly code: string }[];
}
export interface Expected {
  readonly statuses: readonly number[];
  readonly field?: string;
  readonly codes?: readonly string[];
}

/** What every refusal must be (api.md §1). */
export function misshapen({ status, headers, body }: Heard): string | undefined {
  const { code, message, requestId } = (body ?? {}) as Partial<Refusal>;
  const type = headers['content-type']?.toString() ?? 'none';
  if (!type.startsWith('application/json')) return `${status} of type ${type}`;
  if (!code || !message || requestId !== headers['x-request-id']) return `${status} not of the contract's shape`;
  if (status === 401 && headers['www-authenticate'] === undefined) return '401 without WWW-Authenticate';
  return undefined;
}

const within = (one: string, other: string): boolean =>
  one === other || one.startsWith(`${other}.`) || one.startsWith(`${other}[`);

const meanings: Readonly<Record<number, string>> = {
  400: 'malformed_json',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  413: 'payload_too_large',
  415: 'unsupported_media_type',
  422: 'invalid_request',
};

/** What is wrong with a refusal: nothing, when it is one of the statuses and names the field with one of the codes. */
export function refused(heard: Heard, { statuses, field, codes = [] }: Expected): string | undefined {
  const { code, errors = [] } = (heard.body ?? {}) as Partial<Refusal>;
  if (!statuses.includes(heard.status)) return `${heard.status} ${code ?? ''} instead of ${statuses.join(' or ')}`;
  const wrong = heard.status < 400 ? undefined : misshapen(heard);
  if (wrong !== undefined || heard.status < 400) return wrong;
  if (code !== meanings[heard.status]) return `${heard.status} ${code}`;
  if (field === undefined || heard.status !== 422) return undefined;
  const named = errors.filter((it) => within(it.field, field) || within(field, it.field));
  if (named.length === 0) return `names ${errors.map((it) => it.field).join() || 'nothing'}`;
  return named.some((it) => codes.includes(it.code)) ? undefined : `${named[0]!.code} instead of ${codes.join(' or ')}`;
}

/** No provider takes such a thing, provably, and what was asked for is kept as failed: no failure of ours. */
export const isUntaken = ({ status, body }: Heard): boolean =>
  status === 503 && typeof (body as { readonly id?: unknown } | undefined)?.id === 'string';
