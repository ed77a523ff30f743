import { randomBytes } from 'node:crypto';
import type { Mode } from '@libs/kernel/caller.js';

const make = (prefix: string): string => prefix + randomBytes(32).toString('base64url');

/** 256 random bits, with a prefix that says what it opens. */
export const merchantSecret = (mode: Mode): string => make(`sk_${mode}_`);
export const administratorSecret = (): string => make('ak_');
export const tokenSecret = (): string => make('at_');

export const isToken = (secret: string): boolean => secret.startsWith('at_');

/** What may be shown of a key afterwards: which kind it is, and enough to tell two apart. */
export const prefixOf = (secret: string): string => /^(?:sk_(?:test|live)_|ak_)?.{0,4}/.exec(secret)![0];

/** The keys that everybody knows. They open something only where the embedded start has said so. */
export const wellKnown: ReadonlySet<string> = new Set(['sk_test_local', 'ak_local']);

/** The longest text that is looked up at all. */
export const longestSecret = 255;
