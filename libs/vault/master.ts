import { hkdfSync } from 'node:crypto';

/** One version of MASTER_KEY. Nothing is sealed or hashed under the key itself, only under what is derived from it. */
export interface MasterKey {
  readonly version: number;
  readonly secret: Buffer;
}

const entry = /^(?:(\d{1,6}):)?([A-Za-z0-9+/_-]{43}=?)$/;

/**
 * `<base64>`, which is version 1, or `2:<base64>,1:<base64>`; answered newest first.
 * @throws Error that names MASTER_KEY and never says what it holds.
 */
export function parseMasterKey(text: string): readonly MasterKey[] {
  const parts = text.split(',').map((it) => it.trim());
  const keys = parts.map((part): MasterKey => {
    const [, version, encoded] = entry.exec(part) ?? [];
    const secret = Buffer.from(encoded ?? '', 'base64');
    if (secret.length !== 32 || (version === undefined && parts.length > 1)) {
      throw new Error('MASTER_KEY: must be 32 bytes in base64, or a list such as 2:<base64>,1:<base64>');
    }
    return { version: Number(version ?? 1), secret };
  });
  if (new Set(keys.map(({ version }) => version)).size < keys.length) {
    throw new Error('MASTER_KEY: names a version twice');
  }
  return keys.toSorted((a, b) => b.version - a.version);
}

/** 32 bytes for one use; another use of the same master key learns nothing from them. */
export const derive = ({ secret }: MasterKey, use: string): Buffer =>
  Buffer.from(hkdfSync('sha256', secret, '', `trilho ${use}`, 32));
