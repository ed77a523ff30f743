import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** Invented values, reproducible by others: sealed bodies, a signed event, printed slips. */
interface Vectors {
  readonly aes: { readonly vectors: readonly { key: string; plaintext: string; base64: string }[] };
  readonly webhook: {
    readonly seedHex: string;
    readonly jwk: object;
    readonly timestamp: string;
    readonly body: string;
    readonly signature: string;
  };
  readonly boleto: {
    readonly vectors: readonly (Record<'bank' | 'agency' | 'wallet' | 'ourNumber' | 'account' | 'dueDate', string> &
      Record<'nossoNumero' | 'barcode' | 'line', string> & { readonly amountCents: number })[];
  };
}
const file = resolve('../shared/conformance/pinbank-test-vectors.json');
/** Undefined where they are not beside the project. */
export const vectors = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Vectors) : undefined;
