import type { Form, Node } from './form.js';
import { invalid } from './refusal.js';

/** Reads one parameter; `name` is how the provider calls it, as in `card[number]`. Throws the refusal. */
export type Rule<T> = (value: Node | undefined, name: string) => T;
type Rules = Readonly<Record<string, Rule<unknown>>>;
type Read<R extends Rules> = { readonly [K in keyof R]: ReturnType<R[K]> };

const isForm = (value: Node | undefined): value is Form => typeof value === 'object';
const under = (name: string, member: string): string => (name === '' ? member : `${name}[${member}]`);

function plain(value: Node, name: string): string {
  if (isForm(value)) throw invalid('Invalid string', { param: name });
  if (value === '')
    throw invalid(`'${name}' cannot be unset by an empty value.`, { code: 'parameter_invalid_empty', param: name });
  return value;
}

const optional =
  <T>(read: (value: Node, name: string) => T): Rule<T | undefined> =>
  (value, name) =>
    value === undefined ? undefined : read(value, name);

/** The same parameter where it has to be there. */
export const required =
  <T>(rule: Rule<T | undefined>): Rule<T> =>
  (value, name) => {
    const read = rule(value, name);
    if (read === undefined)
      throw invalid(`Missing required param: ${name}.`, { code: 'parameter_missing', param: name });
    return read;
  };

export const text = (longest = 5000): Rule<string | undefined> =>
  optional((value, name) => {
    const read = plain(value, name);
    if (read.length <= longest) return read;
    const message = `Invalid string: must be at most ${longest} characters`;
    throw invalid(message, { code: 'parameter_invalid_string_length', param: name });
  });

/** A whole number in minor units, or a time in seconds. */
export const whole: Rule<bigint | undefined> = optional((value, name) => {
  const read = plain(value, name);
  if (/^-?\d{1,18}$/.test(read)) return BigInt(read);
  throw invalid(`Invalid integer: ${read.slice(0, 40)}`, { code: 'parameter_invalid_integer', param: name });
});

export const flag: Rule<boolean | undefined> = optional((value, name) => {
  const read = plain(value, name);
  if (read === 'true' || read === 'false') return read === 'true';
  throw invalid(`Invalid boolean: ${read.slice(0, 40)}`, { param: name });
});

export const oneOf = <T extends string>(...allowed: readonly T[]): Rule<T | undefined> =>
  optional((value, name) => {
    const read = plain(value, name);
    const found = allowed.find((item) => item === read);
    if (found === undefined) throw invalid(`Invalid ${name}: must be one of ${allowed.join(', ')}`, { param: name });
    return found;
  });

export const list = <T>(rule: Rule<T | undefined>, longest = 100): Rule<readonly T[] | undefined> =>
  optional((value, name) => {
    const items = isForm(value) ? Object.entries(value) : [];
    if (items.length === 0 || items.length > longest || items.some(([at]) => !/^\d{1,4}$/.test(at)))
      throw invalid('Invalid array', { param: name });
    return items.map(([at, item]) => required(rule)(item, under(name, at)));
  });

/** A member of these members and no other. */
export const hash = <R extends Rules>(rules: R): Rule<Read<R> | undefined> =>
  optional((value, name) => {
    if (!isForm(value)) throw invalid('Invalid object', { param: name });
    return params(value, rules, name);
  });

/** Texts by free names; undefined values unset. `metadata=` unsets all, told by null. */
export const metadata: Rule<Readonly<Record<string, string>> | null | undefined> = optional((value, name) => {
  if (!isForm(value)) {
    if (value === '') return null;
    throw invalid('Invalid object', { param: name });
  }
  const entries = Object.entries(value);
  if (entries.length > 50) throw invalid('Metadata can have up to 50 keys', { param: name });
  return Object.fromEntries(
    entries.map(([key, item]) => {
      if (isForm(item)) throw invalid('Invalid string', { param: under(name, key) });
      if (key.length > 40) throw invalid('Metadata keys can have up to 40 characters', { param: name });
      if (item.length > 500)
        throw invalid('Metadata values can have up to 500 characters', { param: under(name, key) });
      return [key, item];
    }),
  );
});

/** Metadata after a change: an empty value unsets its key. */
export function merged(
  old: Readonly<Record<string, string>>,
  change: Readonly<Record<string, string>> | null | undefined,
): Readonly<Record<string, string>> {
  if (change === undefined) return old;
  return Object.fromEntries(Object.entries({ ...(change && old), ...change }).filter(([, value]) => value !== ''));
}

/** What the provider has and this simulation does not: better refused than passed over. */
export const absent: Rule<undefined> = optional((_value, name) => {
  throw invalid(`The sandbox does not simulate ${name}.`, { param: name });
});

/** Each parameter by its rule; one that no rule knows is refused by its name. */
export function params<R extends Rules>(form: Form, rules: R, name = ''): Read<R> {
  for (const member of Object.keys(form)) {
    if (Object.hasOwn(rules, member)) continue;
    const param = under(name, member);
    throw invalid(`Received unknown parameter: ${param}`, { code: 'parameter_unknown', param });
  }
  const entries = Object.entries(rules).map(([member, rule]) => [member, rule(form[member], under(name, member))]);
  return Object.fromEntries(entries) as Read<R>;
}
