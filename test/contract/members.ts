type Json = Readonly<Record<string, unknown>>;
/** Where something stands in a body: names of members, and numbers in lists. */
export type Path = readonly string[];

/** The same body with one member set to something else; undefined takes it away. */
export function put(body: unknown, [name, ...rest]: Path, value: unknown): unknown {
  if (name === undefined) return value;
  if (Array.isArray(body)) return body.map((it: unknown, i) => (String(i) === name ? put(it, rest, value) : it));
  return { ...(body as Json), [name]: put((body as Json | undefined)?.[name], rest, value) };
}
export const at = (body: unknown, path: Path): unknown =>
  path.reduce<unknown>((it, name) => (it as Json | undefined)?.[name], body);

/** Every place in a body, lists and objects too. */
export const leaves = (body: unknown, path: Path = []): readonly Path[] =>
  typeof body === 'object' && body !== null
    ? Object.entries(body).flatMap(([name, inner]) => [[...path, name], ...leaves(inner, [...path, name])])
    : [];
export const kindOf = (value: unknown): string =>
  Array.isArray(value) ? 'list' : value === null ? 'null' : typeof value;
