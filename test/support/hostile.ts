/** Anything that JSON can say, and undefined: the member is missing. */
export type Value = unknown;
/** A value that must be refused, and the codes that say why. */
export type Refused = readonly [value: Value, codes: readonly string[]];
export interface Field {
  readonly values: readonly Refused[];
}
type Kind = (required: boolean) => readonly Refused[];

/** A route with a body that it takes, and what each of its members is. */
export interface Hostile {
  readonly method: 'POST' | 'PUT' | 'PATCH';
  readonly path: string;
  readonly by: 'merchant' | 'administrator';
  readonly body: Value;
  /** Member to kind; `*` behind the kind: it must be there. */
  readonly members: Readonly<Record<string, string>>;
  /** Unknown members are left alone. */
  readonly lenient?: boolean;
}

const invalid = ['invalid'];
const types: readonly Refused[] = [true, 1.5, {}, { a: 1 }, [], ['x'], [null]].map((it) => [
  it,
  ['invalid', 'out_of_range'],
]);
const absent = (required: boolean): readonly Refused[] =>
  required
    ? [
        [undefined, ['required']],
        [null, ['required']],
      ]
    : [];
/** PostgreSQL takes neither NUL nor half of a pair, and nobody has a name with a bell in it. */
const unprintable: readonly Refused[] = ['a\u0000b', 'a\u0007b', 'a\nb', '\u007f', 'a\ud800b', '\udfff'].map((it) => [
  it,
  invalid,
]);

const text =
  (most: number, more: readonly Refused[] = []): Kind =>
  (required) => [
    ...absent(required),
    ...types,
    [7, invalid],
    ['', ['invalid', 'required']],
    ...unprintable,
    ['x'.repeat(most + 1), ['too_long', 'invalid']],
    ['x'.repeat(50_000), ['too_long', 'invalid']],
    ...more,
  ];
const textOrInteger =
  (most: number, more: readonly Refused[] = []): Kind =>
  (required) => [
    ...text(most, more)(required).filter(([value]) => value !== 7),
    [-1, invalid],
    [0.5, invalid],
    [1e21, ['invalid', 'too_long']],
  ];
const whole =
  (least: number, most: number): Kind =>
  (required) => [
    ...absent(required),
    ...[...types, ['1', invalid] as const, ['x', invalid] as const].filter(([value]) => value !== 1.5),
    [1.5, invalid],
    [least - 1, ['out_of_range']],
    [most + 1, ['out_of_range']],
    [1e300, invalid],
    [Number.MAX_SAFE_INTEGER + 1, ['invalid', 'out_of_range']],
  ];
const amount: Kind = (required) => [
  ...absent(required),
  ...types,
  [0, ['out_of_range']],
  ['0', ['out_of_range']],
  [-1, ['invalid', 'out_of_range']],
  ...['-1', '+1', '01', ' 1', '1 ', '', '1.0', '1,00', '1e3', '0x10', 'x', '\u0661', '1\u0000'].map((it): Refused => [
    it,
    invalid,
  ]),
  [1_000_000_000_001, ['out_of_range']],
  ['1000000000001', ['out_of_range']],
  ['9'.repeat(5_000), ['invalid', 'out_of_range']],
  [1e30, ['invalid', 'out_of_range']],
];
const object: Kind = (required) => [
  ...absent(required),
  ...['x', 7, true, [], ['x']].map((it): Refused => [it, invalid]),
];
const oneOf: Kind = (required) => [
  ...absent(required),
  ...types,
  ...unprintable,
  ['x', invalid],
  ['', invalid],
  ['PIX', invalid],
];
const flag: Kind = (required) => [...absent(required), ...['true', 1, 0, {}, []].map((it): Refused => [it, invalid])];
const list =
  (good: Value): Kind =>
  (required) => [
    ...absent(required),
    ...['x', 7, true, {}].map((it): Refused => [it, invalid]),
    [[], ['out_of_range']],
    [[null], invalid],
    [[7], invalid],
    [[['x']], ['invalid', 'out_of_range']],
    [Array.from({ length: 500 }, () => good), ['too_long', 'invalid']],
  ];
const uuid: Kind = (required) => [
  ...absent(required),
  ...types,
  ...unprintable,
  ['x', invalid],
  ['1'.repeat(36), invalid],
];
const moment: Kind = (required) => [
  ...absent(required),
  ...types,
  ...unprintable,
  ...['', 'x', '2026-02-30', '2026-13-01', '2026-01-01T25:00:00Z', '2026-01-01T10:00:00', '1'].map((it): Refused => [
    it,
    invalid,
  ]),
  [0, invalid],
];
const pattern = (...bad: readonly unknown[]): readonly Refused[] => bad.map((it) => [it, ['invalid', 'too_long']]);

const kinds: Readonly<Record<string, Kind>> = {
  amount,
  object,
  oneOf,
  flag,
  uuid,
  moment,
  text64: text(64),
  text100: text(100),
  least0: (required) => text(100)(required).filter(([value]) => value !== ''),
  text140: text(140),
  text255: text(255),
  text1000: text(1_000),
  code: textOrInteger(64),
  house: textOrInteger(100),
  email: text(254, pattern('x', 'a@', '@b', 'a b@c', 'a@b@c')),
  phone: textOrInteger(20, pattern('x', '1234567', '1'.repeat(21), 1)),
  zip: textOrInteger(9, pattern('x', '1', '123456789', '12345-67', 123_456_789)),
  paymentId: textOrInteger(35, pattern('a'.repeat(25), 'a'.repeat(36), `${'a'.repeat(26)}-`, 'ã'.repeat(26), 1)),
  uf: text(2, pattern('S', 'S1', 'São')),
  taxId: (required) => [
    ...absent(required),
    ...types,
    ...unprintable,
    ...pattern('', 'x', '12345678901', '11111111111', 12_345_678_901, -1, '1'.repeat(1_000), '45576360044x', 45.5),
  ],
  day: (required) => moment(required).concat([['2026-01-01T00:00:00Z', invalid]]),
  expire: whole(1, 2_592_000),
  bps: whole(0, 10_000),
  priority: whole(0, 1_000_000),
  cents: whole(0, 1_000_000_000_000),
  cents1: whole(1, 1_000_000_000_000),
  objectOrName: (required) => object(required).filter(([value]) => value !== 'x'),
  credentials: (required) => object(required),
  days: whole(0, 365),
  hour: whole(0, 23),
  hundred: whole(1, 100),
  nothing: () => [{ splitId: 'x' }, {}, [], 'x', 1, true].map((it) => [it, invalid]),
  url: text(2_048, pattern('x', '/x', 'ftp://a/b', 'javascript:alert(1)', 'http://', 'http://a b/', 'http://u:p@a/')),
  scopes: list('read'),
  types: list('pix'),
  weekdays: (required) => list(1)(required).filter(([value]) => !(Array.isArray(value) && value[0] === 7)),
};

export const fields = ({ members }: Hostile): Readonly<Record<string, Field>> =>
  Object.fromEntries(
    Object.entries(members).map(([path, kind]) => {
      const found = kinds[kind.replace('*', '')];
      if (!found) throw new Error(`no kind ${kind}`);
      return [path, { values: found(kind.endsWith('*')) }];
    }),
  );

/** The places of objects that may get unknown members: the body itself, and each object in it. */
export const strangers = ({ members, body }: Hostile): readonly string[] => [
  Array.isArray(body) ? '[0]' : '',
  ...Object.entries(members).flatMap(([path, kind]) => (kind.startsWith('object') ? [path] : [])),
];

type Members = Record<string, unknown>;

/** The body with a value put in a place, made where it is not; `name`: a member 1 put into the object there. */
export function placed(body: Value, path: string, value: Value, name?: string): unknown {
  const copy = structuredClone(body) as Members;
  const steps = path.match(/[^.[\]]+/g) ?? [];
  let at = copy;
  for (const step of name === undefined ? steps.slice(0, -1) : steps) {
    if (typeof at[step] !== 'object' || at[step] === null) at[step] = {};
    at = at[step] as Members;
  }
  const last = name ?? steps.at(-1)!;
  // Not by assignment: `__proto__` is to be a member like any other, as it is in JSON.
  Object.defineProperty(at, last, { value: name === undefined ? value : 1, enumerable: true, configurable: true });
  return copy;
}
