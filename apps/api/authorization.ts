/** What an Authorization header carries: a key or token, and before it the client's id where one is named. */
export interface Credentials {
  readonly clientId?: string;
  readonly secret: string;
}

const form = /^(Basic|Bearer) +([\x21-\x7e]+) *$/i;

/** `Basic` with `:key`, `key:` or `clientId:key`, or `Bearer` with a key or token; undefined for anything else. */
export function readAuthorization(header: string | undefined): Credentials | undefined {
  const [, scheme, text] = form.exec(header ?? '') ?? [];
  if (scheme === undefined || text === undefined) return undefined;
  if (scheme.toLowerCase() === 'bearer') return { secret: text };
  const pair = Buffer.from(text, 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  if (colon < 0) return undefined;
  const [user, password] = [pair.slice(0, colon), pair.slice(colon + 1)];
  if (user === '' || password === '') return user + password === '' ? undefined : { secret: user + password };
  return { clientId: user, secret: password };
}
