import type { ErrorObject } from 'ajv';
import type { Contract, Operation, Schema } from './document.js';

/** JSON that no value of JavaScript is written as: `1e400`, a member twice. */
export class Literal {
  constructor(readonly text: string) {}
}
/** The member is not there. */
export const missing = Symbol('missing');

export type Path = readonly (string | number)[];
export interface Place {
  readonly path: Path;
  readonly schema: Schema;
}

/** As refusals name it: `customer.address`, `[0].cost`; the whole body: `body`. */
export const nameOf = (path: Path): string =>
  path.length === 0
    ? 'body'
    : path
        .map((step) => (/^\d+$/.test(String(step)) ? `[${step}]` : `.${step}`))
        .join('')
        .replace(/^\./, '');

/** Every place of a body that a schema describes: each member, each list, the first of each list, and so on inwards. */
export function* places(contract: Contract, schema: Schema, path: Path = []): Generator<Place> {
  if (path.length > 12) return; // a schema that contains itself
  yield { path, schema };
  const shapes = contract.shapes(schema);
  for (const { items } of shapes) if (items) yield* places(contract, items, [...path, 0]);
  const properties = shapes.flatMap((it) => Object.entries(it.properties ?? {}));
  for (const [name, inner] of properties) yield* places(contract, inner, [...path, name]);
}

const parrot = (schema: Schema): boolean => schema.additionalProperties === true;

/** What nobody ever means, and somebody will send; one class a line. */
const classes: readonly (readonly unknown[])[] = [
  [missing],
  [null],
  [true, false],
  [0, -1, 7],
  [1.5, ...['-0', '1e-400', '1.0', `0.${'1'.repeat(400)}`].map(literal), 5e-324],
  [2 ** 53, -(2 ** 63), 1e300, ...['1e400', '-1e400', '1e3', '1E+2', '9'.repeat(400)].map(literal)],
  ['', ' ', '\ufeff', '\u200b'],
  ['0', '-1', '+1', '01', ' 1', '1 ', '1.0', '1,00', '1e3', '1e400', '0x10', '\u0661', '\uff11', '9'.repeat(400)],
  ['x', 'NaN', 'null', 'true', 'undefined', '[object Object]', '__proto__', 'constructor', 'toString'],
  ['2026-02-30', '2026-13-01T25:00:00Z', '2026-01-01T10:00:00', '0000-00-00'],
  ['\u0000', 'a\u0000b', '1\u0000'],
  ['a\u0007b', 'a\nb', 'a\r\nSet-Cookie: a=b', '\u001b[31m', '\u007f', 'a\u0085b'],
  ['a\ud800b', '\udfff', '\ud83d', '\udc00\ud800'],
  ['\u202eabc', 'e\u0301'.repeat(30), '\u{1f600}', '\ufffd'],
  ['x'.repeat(256), 'x'.repeat(2_049), '\u{1f600}'.repeat(5_000)],
  ['x'.repeat(50_000)],
  [`'`, `"`, '\\', `' or 1=1; drop table charge; --`, `"; select pg_sleep(9); --`, '$1', '?', '%', '_', '{a}'],
  ['<script>alert(1)</script>', '&lt;', '<!--', ']]>', '{{7*7}}', '${7*7}', '%s%n', '%00', '../../etc/passwd'],
  ['javascript:alert(1)', 'file:///etc/passwd', 'http://169.254.169.254/', 'http://u:p@h/', '//x', 'x@x', '@'],
  [[], [null], [[]], ['x'], [1], [{}]],
  [nested(20), Array.from({ length: 101 }, () => 'x')],
  [{}, { a: 1 }, { $gt: '' }, { length: 1 }, { toJSON: 1 }, ...['{"then":1}', '{"a":1,"a":2}'].map(literal)],
  [{ toString: 1 }, { valueOf: 'x' }, ...['{"__proto__":{"a":1}}', '{"constructor":{"prototype":{}}}'].map(literal)],
];

function literal(json: string): Literal {
  return new Literal(json);
}
function nested(levels: number): unknown {
  return levels === 0 ? 'x' : [nested(levels - 1)];
}

/** What lies just outside of what a schema takes, and just inside. */
function near(contract: Contract, schema: Schema): readonly unknown[] {
  const good = contract.sample(schema);
  const items: readonly unknown[] = Array.isArray(good) ? good : [];
  const found: unknown[] = [[good], { value: good }, ...items.slice(0, 1)];
  for (const { type, minimum, maximum, minLength = 0, maxLength, maxItems, enum: words } of contract.shapes(schema)) {
    if (minimum !== undefined) found.push(minimum - 1, minimum, String(minimum));
    if (maximum !== undefined) found.push(maximum + 1, maximum, String(maximum + 1), -maximum);
    if (minLength > 1) found.push('x'.repeat(minLength - 1));
    if (maxLength !== undefined) found.push('x'.repeat(maxLength + 1), '\u{1f600}'.repeat(maxLength));
    const word = words?.[0];
    if (typeof word === 'string') found.push(word.toUpperCase(), `${word} `, `${word}\0`, `${word}x`, [word]);
    if (type === 'array')
      found.push(
        Array.from({ length: (maxItems ?? 1_000) + 1 }, () => items[0]),
        [items[0], null],
        good,
      );
  }
  return found;
}

const written = (value: unknown): string => (value === missing ? 'missing' : serialise(value));

/** All values, or one of every sixth class; the next place has the others, so that each has its turn. */
export const thorough = process.env['TRILHO_LONG'] === '1';
const turned = (turn: number): readonly unknown[] =>
  thorough
    ? classes.flat()
    : classes.filter((_, at) => (at + turn) % 6 === 0).map((them) => them[Math.floor(turn / 6) % them.length]);

/** All of them, or every third; the next turn has others. */
export const some = <T>(all: readonly T[], turn: number): readonly T[] =>
  thorough ? all : all.filter((_, at) => (at + turn) % 3 === 0);

/** The values that the `turn`th place is tried with, each once. */
export function values(contract: Contract, schema: Schema, turn: number): readonly unknown[] {
  return [...new Map([...turned(turn), ...near(contract, schema)].map((it) => [written(it), it])).values()];
}

/** Members that nobody knows, some of them names that every object inherits. */
export const strangers = [
  'unknown',
  '',
  ' ',
  'a.b',
  '0',
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'é',
  'a\0b',
];

/** What no id is, as it stands in a path. */
export const strangeIds: readonly string[] = [
  ['x', '0', '-1', 'undefined', 'null', '%20', '%00', 'a%00b', '%ff', '%ed%a0%80', '%', '%zz', '.', '..', '*'],
  ['..%2f..%2fetc', '%F0%9F%98%80', `';drop%20table%20charge;--`, '__proto__', 'constructor', '1e400', '%0d%0aX:y'],
  ['00000000-0000-0000-0000-000000000000', '01990000-0000-7000-8000-000000000000', '{id}', ':id'],
  [65, 1_000, 8_000].map((length) => 'a'.repeat(length)),
].flat();

/** A certificate in base64 is the longest that anybody may send: a limit beyond it is none. */
const longestText = 20_000;

/** Whether a schema says how much a value may be at the most; what is inside an object says it for itself. */
export const isBounded = (contract: Contract, schema: Schema): boolean => {
  const shapes = contract.shapes(schema);
  // An integer that may also be sent as text has the length of that text.
  const asText = shapes.some(({ type }) => type === 'string');
  return shapes.every(({ type, maximum, maxLength, maxItems, pattern, format, enum: words }) => {
    if (type === 'integer' || type === 'number') return maximum !== undefined || asText;
    if (type === 'array') return maxItems !== undefined;
    if (maxLength !== undefined && maxLength > longestText) return false;
    return type !== 'string' || [maxLength, pattern, words].some(Boolean) || format === 'date';
  });
};

/** Whether a place is an object whose members are named one by one. */
export const isClosed = (contract: Contract, schema: Schema): boolean =>
  contract.shapes(schema).some((it) => it.properties !== undefined && !parrot(it));

/** The same chances again for the same seed (mulberry32). */
export function chancesOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

type Members = Record<string | number, unknown>;

/** A body with a value in a place. Parents that are not there are made as the document has them. */
export function placed(contract: Contract, root: Schema, body: unknown, path: Path, value: unknown): unknown {
  if (path.length === 0) return value;
  const copy = structuredClone(body) as Members;
  let [at, schema] = [copy, root];
  for (const step of path.slice(0, -1)) {
    schema = inner(contract, schema, step);
    const parent = at[step];
    if (typeof parent !== 'object' || parent === null) at[step] = structuredClone(contract.sample(schema));
    at = at[step] as Members;
  }
  const last = path.at(-1)!;
  if (value === missing) {
    if (Array.isArray(at)) at.splice(Number(last), 1);
    else delete at[last];
  }
  // Not by assignment: `__proto__` is to be a member like any other, as it is in JSON.
  else Object.defineProperty(at, last, { value, enumerable: true, configurable: true, writable: true });
  return copy;
}

function inner(contract: Contract, schema: Schema, step: string | number): Schema {
  for (const shape of contract.shapes(schema)) {
    const found = typeof step === 'number' ? shape.items : shape.properties?.[step];
    if (found) return found;
  }
  return {};
}

/** A body as bytes: literals stand in it as they are. */
export function serialise(body: unknown): string {
  const texts: string[] = [];
  const json = JSON.stringify(body, (_, value: unknown) =>
    value instanceof Literal ? `@@${texts.push(value.text) - 1}@@` : value,
  );
  return texts.reduce((all, text, i) => all.replace(`"@@${i}@@"`, () => text), json);
}

/** As the application reads it: a member that is null is not there. */
function read(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(read);
  const members = Object.entries(value).filter(([, it]) => it !== null);
  const copy = {};
  for (const [name, it] of members) Object.defineProperty(copy, name, { value: read(it), enumerable: true });
  return copy;
}

const unprintable = /[\p{Cc}\p{Cs}]/u;
const codes: Readonly<Record<string, readonly string[]>> = {
  required: ['required'],
  additionalProperties: ['unknown_field'],
  type: ['invalid', 'out_of_range', 'required'],
  maxLength: ['too_long', 'invalid'],
  minLength: ['invalid', 'required', 'out_of_range'],
  maxItems: ['too_long', 'invalid', 'out_of_range'],
  minItems: ['out_of_range', 'required'],
  minimum: ['out_of_range', 'invalid'],
  maximum: ['out_of_range', 'invalid', 'too_long'],
};
const other = ['invalid', 'out_of_range', 'too_long', 'required'];
export const codesOf = (faults: readonly ErrorObject[]): readonly string[] => [
  ...new Set(faults.flatMap(({ keyword }) => codes[keyword] ?? other)),
];

/** Why the contract refuses a body that has `value` at a place, as codes of refusals; undefined when it may stand. */
export function verdict(contract: Contract, operation: Operation, body: string, value: unknown, schema?: Schema) {
  const faults = contract.bodyFaults(operation, read(JSON.parse(body)));
  if (faults.length > 0) return codesOf(faults);
  const control = typeof value === 'string' && schema !== undefined && !parrot(schema) && unprintable.test(value);
  return control ? ['invalid'] : undefined;
}

export const isUnprintable = (text: string): boolean => unprintable.test(text);

/** What a parser of JSON must not take for the body that it nearly is. */
export function malformed(good: string): readonly (string | Uint8Array)[] {
  const open = good.slice(0, -1);
  const cut = [open, good.slice(0, good.length / 2), `${good}${good}`, `${open},${good.slice(-1)}`];
  const more = [`${good}//`, `${good}\0`, good.replaceAll('"', "'").replace('{}', "{'a':1}")];
  const bytes = [
    [0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d],
    [0x7b, 0x22, 0xc3, 0x22, 0x3a, 0x31, 0x7d],
    [0xfe, 0xff],
    [...Buffer.from(good, 'utf16le')],
  ];
  const numbers = ['NaN', '-Infinity', 'undefined', '01', '+1', '.5', '1.', '0x1', '"\\x"', '"\\u12"', '"\u0001"'];
  const tops = ['"text"', '1000', 'true', 'null', '1e400', '[', '{', '"', '\0', 'undefined', '<a/>', '{a:1}'];
  const deep = `{"a":${'['.repeat(5_000)}${']'.repeat(5_000)}}`;
  const texts = [cut, more, numbers.map((it) => `{"a":${it}}`), tops, deep].flat();
  return [...texts, ...bytes.map((it) => Uint8Array.from(it))];
}
