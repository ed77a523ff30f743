import type { OpenAPIObject } from '@nestjs/swagger';
import { refusals } from '@libs/kernel/openapi.js';

/** As much of a document as is read and written here. */
interface Schema {
  readonly $ref?: string;
  readonly allOf?: readonly Schema[];
  readonly type?: string;
  readonly items?: Schema;
  readonly properties?: Record<string, Schema>;
  readonly required?: readonly string[];
  readonly example?: unknown;
  oneOf?: readonly Schema[];
}
interface Media {
  readonly schema?: Schema;
  readonly examples?: object;
  example?: unknown;
}
interface Operation {
  readonly parameters?: { readonly name: string; readonly in: string }[];
  readonly requestBody?: { readonly content: Record<string, Media> };
  readonly responses: Record<string, unknown>;
  security?: readonly object[];
}
interface Choice {
  readonly schema: string;
  readonly property: string;
  readonly oneOf: readonly Schema[];
}

const open = ['/health/', '/callbacks/', '/checkout/'];
const bodied = ['post', 'put', 'patch'];

/**
 * Adds to a document what holds on every route and would be noise on each controller: the refusals of the edge, and an
 * example of every body, made of the fields that have one, so that it works when it is pressed and when it is pressed
 * twice.
 */
export function complete(document: OpenAPIObject, choice: Choice): OpenAPIObject {
  const schemas = (document.components?.schemas ?? {}) as Record<string, Schema>;
  const chosen = schemas[choice.schema]?.properties;
  if (chosen) chosen[choice.property] = { ...chosen[choice.property], oneOf: choice.oneOf };
  for (const [path, item] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(item as Record<string, Operation>)) {
      refuse(operation, path, method);
      for (const media of Object.values(operation.requestBody?.content ?? {})) {
        if (media.schema && media.examples === undefined) media.example ??= exampleOf(media.schema, schemas);
      }
    }
  }
  return document;
}

function refuse(operation: Operation, path: string, method: string): void {
  const statuses = [500];
  const isOpen = open.some((it) => path.startsWith(it));
  if (isOpen) operation.security = [];
  else statuses.push(401, 403, 429, 503);
  if (path.includes('{') && !isOpen) statuses.push(404);
  if (bodied.includes(method) && !isOpen) statuses.push(400, 413, 415, 422);
  if (method === 'get' && operation.parameters?.some((it) => it.in === 'query')) statuses.push(422);
  for (const status of statuses) {
    operation.responses[status] ??= { description: refusals[status] ?? '' };
  }
  for (const [status, response] of Object.entries(operation.responses)) {
    if (Number.parseInt(status, 10) < 400) continue;
    const { description = '' } = response as { readonly description?: string };
    const schema = { $ref: '#/components/schemas/ErrorDto' };
    operation.responses[status] = { description, content: { 'application/json': { schema } } };
  }
}

/** A value of a schema: the fields that say an example, and those that must be there. */
function exampleOf(schema: Schema, schemas: Readonly<Record<string, Schema>>): unknown {
  if (schema.example !== undefined) return schema.example;
  if (schema.$ref !== undefined) return exampleOf(schemas[schema.$ref.split('/').at(-1)!] ?? {}, schemas);
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
