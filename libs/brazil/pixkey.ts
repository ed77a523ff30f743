import { isCnpj, isCpf, taxId } from './cpf-cnpj.js';

export type PixKeyType = 'cpf' | 'cnpj' | 'email' | 'phone' | 'random';
export interface PixKey {
  readonly type: PixKeyType;
  /** As the directory of keys (DICT) holds it. */
  readonly key: string;
}

// The directory's own patterns, but that a domain has a dot.
const email =
  /^[a-z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)+$/;
const phone = /^\+[1-9]\d{2,15}$/;
const random = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** An area code without zeros, then a mobile number of nine digits or another of eight. */
const brazilian = /^[1-9]{2}(9\d{8}|[2-8]\d{7})$/;

function phoneKey(given: string): string | undefined {
  const bare = given.replaceAll(/[\s().-]/g, '');
  const whole = brazilian.test(bare) ? `+55${bare}` : /^55\d{10,11}$/.test(bare) ? `+${bare}` : bare;
  if (!phone.test(whole)) return undefined;
  return !whole.startsWith('+55') || brazilian.test(whole.slice(3)) ? whole : undefined;
}

/**
 * A key of a type said beforehand, as the directory holds it: bare digits, small letters, a telephone with its country.
 * Undefined when it is none of that type.
 */
export function pixKeyOf(type: PixKeyType, given: string): string | undefined {
  if (given.length > 100) return undefined;
  const text = given.trim();
  if (type === 'phone') return phoneKey(text);
  if (type === 'email' || type === 'random') {
    const small = text.toLowerCase();
    return small.length <= 77 && (type === 'email' ? email : random).test(small) ? small : undefined;
  }
  const bare = taxId(text);
  return bare !== undefined && (type === 'cpf' ? isCpf : isCnpj)(bare) ? bare : undefined;
}

/**
 * A key whose type nobody said; undefined when it is none. A telephone shows itself by `+` or parentheses: eleven bare
 * digits are a CPF or nothing, since a mistyped CPF is often the telephone of a stranger.
 */
export function pixKey(given: string): PixKey | undefined {
  const types: readonly PixKeyType[] = /^\s*[+(]/.test(given) ? ['phone'] : ['random', 'email', 'cpf', 'cnpj'];
  for (const type of types) {
    const key = pixKeyOf(type, given);
    if (key !== undefined) return { type, key };
  }
  return undefined;
}
