import 'reflect-metadata';
import { plainToInstance } from 'class-transformer';
import { type ValidationError, validateSync } from 'class-validator';
import { type FieldFault, InvalidFault } from './fault.js';
import { Decimal } from './json.js';
import { cutCardNumbers } from './luhn.js';

const messages: Record<FieldFault['code'], string> = {
  required: 'Campo obrigatório.',
  unknown_field: 'Campo desconhecido.',
  invalid: 'Valor inválido.',
  out_of_range: 'Valor fora dos limites.',
  too_long: 'Valor longo demais.',
};
/** Constraints of class-validator itself that mean something else than `invalid`. */
const codes = new Map<string, FieldFault['code']>([
  ['whitelistValidation', 'unknown_field'],
  ['isDefined', 'required'],
  ['isNotEmpty', 'required'],
  ['maxLength', 'too_long'],
  ['arrayMaxSize', 'too_long'],
  ['min', 'out_of_range'],
  ['max', 'out_of_range'],
  ['minLength', 'out_of_range'],
  ['arrayMinSize', 'out_of_range'],
]);
/** The message of our own decorators: the code, behind the item of a list that it is about. */
const ours = /^(?:(\[\d+\]) )?(required|unknown_field|invalid|out_of_range|too_long)$/;
const mostFaults = 100;

/** A refused field. A name that no DTO knows is the caller's own, and may hold what belongs in a value. */
export const faultOf = (field: string, code: FieldFault['code']): FieldFault => ({
  field: cutCardNumbers(field),
  code,
  message: messages[code],
});

/** The path of a property of what is at a path. */
export const join = (path: string, property: string): string => {
  if (/^\d+$/.test(property)) return `${path}[${property}]`;
  return path === '' ? property : `${path}.${property}`;
};

/** The one thing to say of a field that breaks several rules: a wrong type before a wrong size. */
function meaning(broken: readonly (readonly [string, string])[]): readonly [item: string, code: FieldFault['code']] {
  for (const [, message] of broken) {
    const [, item = '', code] = ours.exec(message) ?? [];
    if (code !== undefined) return [item, code as FieldFault['code']];
  }
  const meant = broken.map(([name]) => codes.get(name) ?? 'invalid');
  if (meant.includes('unknown_field')) return ['', 'unknown_field'];
  return ['', meant.includes('invalid') ? 'invalid' : meant[0]!];
}

function* faultsOf(errors: readonly ValidationError[], at: string): Generator<FieldFault> {
  for (const { property, value, constraints = {}, children = [] } of errors) {
    const field = join(at, property);
    const broken = Object.entries(constraints);
    if (broken.length > 0) {
      const [item, meant] = meaning(broken);
      const missing = (value === undefined || value === null) && meant !== 'unknown_field';
      yield faultOf(field + item, missing ? 'required' : meant);
    } else yield* faultsOf(children, field);
  }
}

// PostgreSQL stores neither NUL nor half of a surrogate pair, in no field whatever its own rules.
const unstorable = /[\0\p{Cs}]/u;

/** What must not reach a DTO at all: names that every object inherits, which class-transformer skips in silence. */
function* foreign(value: unknown, at: string): Generator<FieldFault> {
  if (typeof value === 'string' && unstorable.test(value)) yield faultOf(at, 'invalid');
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    const field = Array.isArray(value) ? `${at}[${key}]` : join(at, key);
    if (!Array.isArray(value) && (key in Object.prototype || unstorable.test(key))) {
      yield faultOf(field, 'unknown_field');
    }
    yield* foreign(inner, field);
  }
}

/** Null on an optional field is absent (api.md §1): past the checks nobody needs to tell them apart. */
function dropNulls(value: unknown): void {
  if (typeof value !== 'object' || value === null || value instanceof Decimal) return;
  for (const [key, inner] of Object.entries(value)) {
    if (inner === null && !Array.isArray(value)) delete (value as Record<string, unknown>)[key];
    else dropNulls(inner);
  }
}

const lenientMetadata = 'trilho:lenient';
/** A body whose unknown fields are left out, as api.md §4 to §7 want it; everywhere else they are refused. */
export const Lenient = (): ClassDecorator => (type) => {
  Reflect.defineMetadata(lenientMetadata, true, type);
  lenientNames.add(type.name);
};
const lenientNames = new Set<string>();
/** Whether the DTO of a name is one of those: the OpenAPI document knows its schemas by name alone. */
export const isLenient = (name: string): boolean => lenientNames.has(name);

export interface Checking {
  /** Where the value stands, for the paths of its faults: `[3]` for the fourth of a list. */
  readonly at?: string;
  /** Leaves unknown fields out, as in every query. */
  readonly lenient?: boolean;
}

/** A body or a query as an instance of its DTO. @throws InvalidFault (422) that names every refused field. */
export function checked<T extends object>(type: new () => T, value: unknown, options: Checking = {}): T {
  const { at = '', lenient = Reflect.hasMetadata(lenientMetadata, type) } = options;
  const given = value ?? {};
  const other = Array.isArray(given) || given instanceof Decimal;
  if (typeof given !== 'object' || other) throw new InvalidFault([faultOf(at || 'body', 'invalid')]);
  const strange = [...foreign(given, at)];
  if (strange.length > 0) throw new InvalidFault(strange.slice(0, mostFaults));
  const instance = plainToInstance(type, { ...given });
  const errors = validateSync(instance, {
    whitelist: true,
    forbidNonWhitelisted: !lenient,
    validationError: { target: false },
  });
  if (errors.length > 0) throw new InvalidFault([...faultsOf(errors, at)].slice(0, mostFaults));
  dropNulls(instance);
  return instance;
}

/** A list body, each item an instance of the DTO. @throws InvalidFault with `[i].field`, or on `body` itself. */
export function checkedList<T extends object>(type: new () => T, value: unknown, most = mostFaults): T[] {
  if (!Array.isArray(value)) throw new InvalidFault([faultOf('body', 'invalid')]);
  if (value.length > most) throw new InvalidFault([faultOf('body', 'too_long')]);
  const faults: FieldFault[] = [];
  const items = value.map((item: unknown, index) => {
    try {
      return checked(type, item ?? 0, { at: `[${index}]` });
    } catch (error) {
      if (!(error instanceof InvalidFault)) throw error;
      faults.push(...(error.extra['errors'] as readonly FieldFault[]));
      return undefined;
    }
  });
  if (faults.length > 0) throw new InvalidFault(faults.slice(0, mostFaults));
  return items as T[];
}

/** The body of a route that takes none: absent, null or an object without members. @throws InvalidFault else. */
export function assertEmpty(value: unknown): void {
  const given = value ?? {};
  if (typeof given !== 'object' || Array.isArray(given) || given instanceof Decimal) {
    throw new InvalidFault([faultOf('body', 'invalid')]);
  }
  const names = Object.keys(given).slice(0, mostFaults);
  if (names.length > 0) throw new InvalidFault(names.map((it) => faultOf(it, 'unknown_field')));
}
