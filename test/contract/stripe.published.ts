import { existsSync, readFileSync } from 'node:fs';
import { Ajv, type ValidateFunction } from 'ajv';

const folder = new URL('../../../shared/conformance/', import.meta.url);
const file = (name: string): URL => new URL(name, folder);
const json = (name: string): unknown => JSON.parse(readFileSync(file(name), 'utf8'));

type Shape = Readonly<Record<string, unknown>>;
const isShape = (value: unknown): value is Shape =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** OpenAPI 3.0 says `nullable` where JSON Schema has a type for it. */
function converted(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(converted);
  if (!isShape(schema)) return schema;
  const { nullable, ...rest } = schema;
  const inner = Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, converted(value)]));
  return nullable === true ? { anyOf: [{ type: 'null' }, inner] } : inner;
}

/** Every object that lists its members has no other. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (!isShape(schema)) return schema;
  const inner = Object.fromEntries(Object.entries(schema).map(([name, value]) => [name, closed(value)]));
  const open = 'additionalProperties' in schema || 'x-stub' in schema || !isShape(schema['properties']);
  return open || typeof schema['type'] !== 'string' ? inner : { ...inner, additionalProperties: false };
}

/** The names of the current types, by what an answer says it is. */
const roots: Readonly<Record<string, string>> = {
  account: 'Account',
  charge: 'Charge',
  payment_intent: 'PaymentIntent',
  refund: 'Refund',
  webhook_endpoint: 'WebhookEndpoint',
};
export interface Sample {
  readonly label: string;
  readonly method: string;
  readonly path: string;
  readonly body: string;
}

/** Stripe's own contract and the types of its client, where copies lie beside this checkout. */
export class Published {
  private readonly ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
  private readonly compiled = new Map<string, ValidateFunction>();
  readonly samples = (json('stripe-sdk-wire-samples.json') as { readonly samples: readonly Sample[] }).samples;
  readonly fixtures = (json('stripe-fixtures-subset.json') as { readonly resources: Readonly<Record<string, Shape>> })
    .resources;

  private constructor() {
    this.ajv.addSchema({ ...(converted(json('stripe-openapi-subset.json')) as Shape), $id: 'oas' });
    this.ajv.addSchema({ ...(closed(json('stripe-sdk-types-schema.json')) as Shape), $id: 'types' });
  }

  static open(): Published | undefined {
    if (existsSync(file('stripe-openapi-subset.json'))) return new Published();
    console.warn("Stripe's contract is not beside this checkout: the wire is not checked against it.");
    return undefined;
  }

  /** Everything in an answer of 200, or in an error, that neither source says so. */
  faults(value: unknown): readonly string[] {
    if (!isShape(value)) return ['not an object'];
    if ('error' in value) return this.wrong('oas#/components/schemas/error', value);
    const object = String(value['object']);
    if (object === 'list' || object === 'search_result')
      return (value['data'] as unknown[]).flatMap((it) => this.faults(it));
    const name = roots[object];
    return [
      ...this.wrong(`oas#/components/schemas/${object}`, value),
      ...(name === undefined ? [] : this.wrong(`types#/roots/${name}`, value)),
    ];
  }

  private wrong(ref: string, value: unknown): readonly string[] {
    const validate = this.compiled.get(ref) ?? this.ajv.compile({ $ref: ref });
    this.compiled.set(ref, validate);
    if (validate(value)) return [];
    return (validate.errors ?? []).map((it) => `${ref}${it.instancePath} ${it.message} ${JSON.stringify(it.params)}`);
  }
}
