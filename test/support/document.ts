import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import * as fc from 'fast-check';

/** As much of a schema as requests are made from. */
export interface Schema {
  readonly $ref?: string;
  readonly allOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly type?: string;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly pattern?: string;
  readonly format?: string;
  readonly example?: unknown;
}
export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly schema: Schema;
  readonly example?: unknown;
}
interface Media {
  readonly schema: Schema;
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
}
interface Described {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly required?: boolean; readonly content: Readonly<Record<string, Media>> };
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, unknown>> }>>;
  readonly security?: readonly Readonly<Record<string, unknown>>[];
  readonly 'x-scope'?: string;
}
interface Raw {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
  readonly security: Described['security'];
}

/** One operation of the document. */
export interface Operation {
  /** `POST /pix/{id}/refund`. */
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly Parameter[];
  /** The body, where one is described; `examples` are the document's own. */
  readonly body?: {
    readonly schema: Schema;
    readonly required: boolean;
    readonly types: readonly string[];
    readonly examples: readonly unknown[];
  };
  /** The names of the ways in; none: anybody may. */
  readonly security: readonly string[];
  /** A merchant's scope, or `administrator`. */
  readonly scope?: string;
  readonly statuses: readonly number[];
}

const json = 'application/json';
const escaped = (step: string): string => step.replaceAll('~', '~0').replaceAll('/', '~1');
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const date = /^\d{4}-\d{2}-\d{2}$/;

/** The OpenAPI document of a running application, as it says what may be asked and what is answered. */
export class Contract {
  readonly operations: readonly Operation[];
  private readonly ajv = new Ajv({ strict: false, allErrors: true });
  private readonly known = new Map<string, ValidateFunction>();

  constructor(private readonly raw: Raw) {
    this.ajv.addFormat('uuid', uuid);
    this.ajv.addFormat('date', (text) => date.test(text) && !Number.isNaN(Date.parse(text)));
    this.ajv.addFormat('date-time', (text) => text.includes('T') && !Number.isNaN(Date.parse(text)));
    this.ajv.addFormat('uri', (text) => URL.canParse(text));
    this.ajv.addFormat('int64', true);
    this.ajv.addSchema(raw, 'contract');
    this.operations = Object.entries(raw.paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, it]) => this.operation(path, method, it)),
    );
  }

  private operation(path: string, method: string, it: Described): Operation {
    const content = it.requestBody?.content ?? {};
    const media = content[json];
    const examples = Object.values(media?.examples ?? {}).map(({ value }) => value);
    return {
      name: `${method.toUpperCase()} ${path}`,
      method: method.toUpperCase(),
      path,
      parameters: it.parameters ?? [],
      body: media && {
        schema: media.schema,
        required: it.requestBody?.required === true,
        types: Object.keys(content),
        examples: examples.length > 0 ? examples : [media.example],
      },
      security: (it.security ?? this.raw.security ?? []).flatMap((ways) => Object.keys(ways)),
      scope: it['x-scope'],
      statuses: Object.keys(it.responses).map(Number),
    };
  }

  /** A schema with what it refers to. */
  resolve(schema: Schema): Schema {
    if (schema.$ref !== undefined) return this.resolve(this.raw.components.schemas[schema.$ref.split('/').at(-1)!]!);
    const [inner] = schema.allOf ?? [];
    if (inner === undefined) return schema;
    const { allOf: _, ...own } = schema;
    return { ...this.resolve(inner), ...own };
  }

  /** The shapes that a value of a schema may have. */
  shapes(schema: Schema): readonly Schema[] {
    const { oneOf, ...own } = this.resolve(schema);
    return oneOf === undefined ? [own] : oneOf.map((it) => ({ ...own, ...this.resolve(it) }));
  }

  /** The words of a property of a schema that lists or is one of them. */
  words(schema: string, property: string): readonly string[] {
    const found = this.raw.components.schemas[schema]?.properties?.[property];
    return (found?.items?.enum ?? found?.enum ?? []) as readonly string[];
  }

  /** A value that the document says is one: its example, else the least that the schema takes. */
  sample(schema: Schema): unknown {
    const [shape] = this.shapes(schema);
    const { example, type, properties, items, required = [] } = shape!;
    if (example !== undefined) return example;
    if (shape!.enum) return shape!.enum[0];
    if (type === 'array') return [this.sample(items ?? {})];
    if (type === 'integer' || type === 'number') return shape!.minimum ?? 1;
    if (type === 'boolean') return true;
    if (type === 'string') return text(shape!);
    const members = Object.entries(properties ?? {}).filter(
      ([name, it]) => required.includes(name) || this.shapes(it)[0]!.example !== undefined,
    );
    return Object.fromEntries(members.map(([name, it]) => [name, this.sample(it)]));
  }

  /** What the document finds wrong with a body; nothing when it takes it. */
  bodyFaults({ path, method }: Operation, body: unknown): readonly ErrorObject[] {
    const steps = ['paths', path, method.toLowerCase(), 'requestBody', 'content', json, 'schema'];
    return this.check(steps, body);
  }

  /** As `bodyFaults`, of the parameter so many in the list of its operation. */
  parameterFaults({ path, method }: Operation, index: number, value: unknown): readonly ErrorObject[] {
    return this.check(['paths', path, method.toLowerCase(), 'parameters', String(index), 'schema'], value);
  }

  /** What is wrong with an answer: its status is not foreseen, or its body is not what was said. */
  answerFaults({ path, method, statuses }: Operation, status: number, body: unknown): string | undefined {
    if (!statuses.includes(status)) return `${status} is not foreseen`;
    const { content } = this.raw.paths[path]![method.toLowerCase()]!.responses[status]!;
    if (content?.[json] === undefined) return undefined;
    const steps = ['paths', path, method.toLowerCase(), 'responses', String(status), 'content', json, 'schema'];
    const [fault] = this.check(steps, body);
    return fault && `${status} with ${fault.instancePath || 'a body'} that ${fault.message}`;
  }

  private check(steps: readonly string[], value: unknown): readonly ErrorObject[] {
    const $ref = `contract#/${steps.map(escaped).map(encodeURIComponent).join('/')}`;
    const validate = this.known.get($ref) ?? this.ajv.compile({ $ref });
    this.known.set($ref, validate);
    return validate(value) ? [] : (validate.errors ?? []);
  }
}

function text({ pattern, format, minLength = 1, maxLength = 64, enum: words }: Schema): string {
  if (words) return String(words[0]);
  if (format === 'uuid') return '0192f5c4-7a1e-7c3b-9d54-2f6a8f1d7e90';
  if (format === 'date') return '2026-01-20';
  if (format === 'date-time') return '2026-01-20T14:03:07.123Z';
  if (format === 'uri') return 'https://loja.example/x';
  const least = Math.max(minLength, 1);
  const plain = Array.from({ length: Math.min(maxLength, 64) - least + 1 }, (_, more) => least + more)
    .flatMap((length) => ['x'.repeat(length), '1'.repeat(length)])
    .find((it) => pattern === undefined || new RegExp(pattern, 'u').test(it));
  if (plain !== undefined || pattern === undefined) return plain ?? '';
  const made = fc.sample(fc.stringMatching(new RegExp(pattern)), { numRuns: 100, seed: 1 });
  const found = made.find((it) => it.length >= least && it.length <= maxLength);
  if (found === undefined) throw new Error(`the document has no example for ${pattern}`);
  return found;
}
