import type { OpenAPIObject } from '@nestjs/swagger';
import type { Scope } from '@libs/kernel/caller.js';
import { isLenient } from '@libs/kernel/checked.js';
import { refusals } from '@libs/kernel/openapi.js';

/** As much of a document as is read and written here. */
interface Schema {
  readonly $ref?: string;
  allOf?: readonly Schema[];
  type?: string;
  readonly items?: Schema;
  readonly properties?: Record<string, Schema>;
  readonly required?: readonly string[];
  readonly example?: unknown;
  oneOf?: readonly Schema[];
  additionalProperties?: unknown;
  nullable?: boolean;
  enum?: readonly unknown[];
}
interface Media {
  readonly schema?: Schema;
  readonly examples?: object;
  example?: unknown;
}
interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly description?: string;
  readonly schema?: object;
}
interface Operation {
  readonly operationId: string;
  readonly requestBody?: { readonly content: Record<string, Media>; required?: boolean };
  readonly responses: Record<string, unknown>;
  parameters?: Parameter[];
  description?: string;
  security?: readonly object[];
  'x-scope'?: string;
}
type Schemas = Readonly<Record<string, Schema>>;

export interface Completion {
  /** Properties that are one of several schemas. */
  readonly choices: readonly {
    readonly schema: string;
    readonly property: string;
    readonly oneOf: readonly Schema[];
  }[];
  /** What an operation asks of a key. */
  readonly demands: ReadonlyMap<string, Scope | 'administrator' | 'public' | undefined>;
}

const open = ['/health/', '/callbacks/', '/checkout/'];
const tokenPath = '/oauth2/token';
const bodied = ['post', 'put', 'patch'];
const isOpen = (path: string): boolean => open.some((it) => path.startsWith(it));

const idempotent: Parameter = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: 'Repetir com a mesma chave responde o mesmo recurso, sem segundo efeito (1–255 caracteres ASCII)',
  schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[\\x20-\\x7e]*$' },
};

/**
 * Adds to a document what holds on every route and would be noise on each controller: the refusals of the edge, what is
 * asked of a key, the idempotency key, that unknown fields are refused, and an example of every body, made of the
 * fields that have one, so that it works when it is pressed and when it is pressed twice.
 */
export function complete(document: OpenAPIObject, { choices, demands }: Completion): OpenAPIObject {
  const schemas = (document.components?.schemas ?? {}) as Record<string, Schema>;
  for (const { schema, property, oneOf } of choices) {
    const properties = schemas[schema]?.properties;
    if (properties) properties[property] = { ...properties[property], allOf: undefined, oneOf };
  }
  for (const { properties = {} } of Object.values(schemas)) {
    for (const it of Object.values(properties)) if (it.nullable === true) admitNull(it);
  }
  for (const [path, item] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(item as Record<string, Operation>)) {
      ask(operation, demands.get(operation.operationId));
      if (method === 'post' && !isOpen(path) && path !== tokenPath) (operation.parameters ??= []).push(idempotent);
      refuse(operation, path, method);
      embody(operation, schemas);
    }
  }
  return document;
}

/** In OpenAPI 3.0 what a list of words or another schema leaves out stays forbidden, whatever `nullable` says. */
function admitNull(schema: Schema): void {
  if (schema.enum) schema.enum = [...schema.enum, null];
  if (!schema.allOf) return;
  schema.oneOf = [...schema.allOf, { type: 'object', nullable: true, enum: [null] }];
  delete schema.type;
  delete schema.allOf;
  delete schema.nullable;
}

/** Says what a key must be allowed to. */
function ask(operation: Operation, demand: string | undefined): void {
  if (demand === undefined || demand === 'public') return;
  operation['x-scope'] = demand;
  const said = demand === 'administrator' ? 'Chave de administrador.' : `Permissão da chave: \`${demand}\`.`;
  operation.description = [operation.description, said].filter(Boolean).join(' ');
}

function refuse(operation: Operation, path: string, method: string): void {
  const statuses = [500];
  if (isOpen(path)) operation.security = [];
  else statuses.push(401, 403, 429, 503);
  if (path.includes('{') && !isOpen(path)) statuses.push(404);
  if (bodied.includes(method) && !isOpen(path)) statuses.push(400, 413, 415, 422);
  if (operation.parameters?.includes(idempotent)) statuses.push(409);
  if (method === 'get' && operation.parameters?.some((it) => it.in === 'query')) statuses.push(422);
  for (const status of statuses) {
    operation.responses[status] ??= { description: refusals[status] ?? '' };
  }
  for (const [status, response] of Object.entries(operation.responses)) {
    if (Number.parseInt(status, 10) < 400) continue;
    const { description = '', content } = response as { readonly description?: string; readonly content?: object };
    const schema = { $ref: '#/components/schemas/ErrorDto' };
    operation.responses[status] = { description, content: content ?? { 'application/json': { schema } } };
  }
}

/** Gives a body its example, and says whether it may be missing and what may be in it. */
function embody({ requestBody }: Operation, schemas: Schemas): void {
  if (!requestBody) return;
  for (const media of Object.values(requestBody.content)) {
    if (!media.schema) continue;
    if (media.examples === undefined) media.example ??= exampleOf(media.schema, schemas);
    if (!isLenient(nameOf(media.schema))) close(media.schema, schemas);
    const { type, properties, required = [] } = schemas[nameOf(media.schema)] ?? media.schema;
    // An empty body is an empty object: it may be missing where nothing must be in it.
    if (type === 'object' && properties && required.length === 0) requestBody.required = false;
  }
}

const nameOf = ({ $ref = '' }: Schema): string => $ref.split('/').at(-1)!;

/** Refuses in an object, and in every object in it, the members that it does not name. */
function close(schema: Schema, schemas: Schemas): void {
  const named = schema.$ref === undefined ? schema : schemas[nameOf(schema)];
  if (named === undefined || named.additionalProperties === false) return;
  if (named.properties) named.additionalProperties ??= false;
  const { allOf = [], oneOf = [], items, properties = {} } = named;
  for (const inner of [...allOf, ...oneOf, ...(items ? [items] : []), ...Object.values(properties)]) {
    close(inner, schemas);
  }
}

/** A value of a schema: the fields that say an example, and those that must be there. */
function exampleOf(schema: Schema, schemas: Schemas): unknown {
  if (schema.example !== undefined) return schema.example;
  if (schema.$ref !== undefined) return exampleOf(schemas[nameOf(schema)] ?? {}, schemas);
  if (schema.allOf?.[0]) return exampleOf(schema.allOf[0], schemas);
  if (schema.type === 'array' && schema.items) {
    const item = exampleOf(schema.items, schemas);
    return item === undefined ? undefined : [item];
  }
  if (!schema.properties) return undefined;
  const members = Object.entries(schema.properties).flatMap(([name, property]) => {
    const value = exampleOf(property, schemas);
    return value === undefined ? [] : [[name, value] as const];
  });
  return members.length > 0 || schema.required === undefined ? Object.fromEntries(members) : undefined;
}
