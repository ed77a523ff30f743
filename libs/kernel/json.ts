/**
 * A number of a request that JSON does not write as a whole number which a double holds exactly: `10.5`, `1e3`, twenty
 * digits. It is kept as its text, so that no float enters; a field that does not ask for one refuses it.
 */
export class Decimal {
  constructor(readonly text: string) {}
}

const decoder = new TextDecoder('utf-8', { fatal: true });
const whole = /^-?\d+$/;
const deepest = 32;

type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown;
// The third argument of a reviver is in the language, and not yet in TypeScript's library.
const parse = JSON.parse as (text: string, reviver: Reviver) => unknown;

function deep(text: string): boolean {
  let depth = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i += 1) {
    const char = text[i];
    if (quoted) {
      if (char === '\\') i += 1;
      else if (char === '"') quoted = false;
    } else if (char === '"') quoted = true;
    else if (char === '{' || char === '[') depth += 1;
    else if (char === '}' || char === ']') depth -= 1;
    if (depth > deepest) return true;
  }
  return false;
}

/**
 * The object or list of a request body; undefined for an empty one.
 * @throws SyntaxError for what is not JSON, not UTF-8, nested beyond 32 levels, or a bare value on top.
 */
export function parseJson(bytes: Uint8Array): object | undefined {
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch {
    throw new SyntaxError('not UTF-8');
  }
  if (text === '') return undefined;
  if (deep(text)) throw new SyntaxError('nested too deeply');
  const body = parse(text, (_, value, { source }) => {
    if (typeof value !== 'number' || source === undefined) return value;
    return whole.test(source) && Number.isSafeInteger(value) ? value : new Decimal(source);
  });
  if (typeof body !== 'object' || body === null || body instanceof Decimal) throw new SyntaxError('a bare value');
  return body;
}
