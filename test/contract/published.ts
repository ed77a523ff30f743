import { existsSync, readFileSync } from 'node:fs';
import { Ajv, type ValidateFunction } from 'ajv';

const file = new URL('../../../shared/conformance/bacen-pix-openapi.json', import.meta.url);

interface Ref {
  readonly $ref?: string;
}
interface Content extends Ref {
  readonly content?: Readonly<Record<string, { readonly schema: object }>>;
}
interface Operation {
  readonly requestBody?: Content;
  readonly responses: Readonly<Record<string, Content>>;
}
interface Published {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: Readonly<Record<string, Readonly<Record<string, Content>>>>;
}
/** One passage over the wire, parsed. */
export interface Passage {
  readonly method: string;
  readonly path: string; // as Efí has it: the contract's, below /v2
  readonly sent?: unknown;
  readonly status: number;
  readonly said?: unknown;
}

/** The published patterns are open at both ends, so that ids are checked here as well. */
const shapes: Readonly<Record<string, RegExp>> = {
  txid: /^[a-zA-Z0-9]{26,35}$/,
  endToEndId: /^E[0-9A-Z]{8}\d{12}[a-zA-Z0-9]{11}$/,
  rtrId: /^D[0-9A-Z]{8}\d{12}[a-zA-Z0-9]{11}$/,
  criacao: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/,
  original: /^\d{1,10}\.\d\d$/,
  valor: /^\d{1,10}\.\d\d$/,
};
export function misshapen(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]: [string, unknown]) => {
    if (name === 'infoAdicionais') return []; // its `valor` is any text
    if (typeof inner !== 'string') return misshapen(inner);
    return shapes[name]?.test(inner) === false ? [`${name}: ${inner}`] : [];
  });
}

/** The Central Bank's contract of the Pix API, where a copy lies beside this checkout; it is not ours to carry. */
export class Contract {
  private readonly ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
  private readonly published: Published;

  private constructor(text: string) {
    this.published = JSON.parse(text) as Published;
    this.ajv.addSchema(this.published, 'pix');
  }

  static open(): Contract | undefined {
    if (existsSync(file)) return new Contract(readFileSync(file, 'utf8'));
    console.warn('The published Pix contract is not beside this checkout: the wire is not checked against it.');
    return undefined;
  }

  schema(name: string): ValidateFunction {
    return this.ajv.compile({ $ref: `pix#/components/schemas/${name}` });
  }

  /** Everything in a passage that the contract does not say so. */
  faults({ method, path, sent, status, said }: Passage): readonly string[] {
    const name = `${method} ${path.replace(/\?.*/, '')}`;
    const operation = this.operation(method, path);
    if (!operation) return [`${name}: no such operation`];
    const body = operation.requestBody && this.content(operation.requestBody);
    const wrong = sent === undefined ? [] : this.wrong(`${name} sent`, body, sent);
    const answer = operation.responses[String(status)];
    if (!answer) return [...wrong, `${name}: no answer ${status}`];
    const schema = this.content(answer);
    if (said === undefined && schema === undefined) return wrong;
    return [...wrong, ...this.wrong(`${name} said`, schema, said)];
  }

  /** What is wrong with a text by one schema; a text where none is expected is wrong too. */
  wrong(name: string, schema: object | undefined, value: unknown): readonly string[] {
    if (schema === undefined) return [`${name}: a body that the contract does not have`];
    const validate = this.ajv.compile(this.placed(schema));
    const flaws = validate(value) ? [] : (validate.errors ?? []).map((it) => `${it.instancePath} ${it.message}`);
    return [...flaws, ...misshapen(value)].map((flaw) => `${name}: ${flaw}`);
  }

  private operation(method: string, path: string): Operation | undefined {
    const at = path.replace(/^\/v2|\?.*/g, '').replace(/\/$/, '');
    const fits = (template: string): boolean => new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(at);
    // A payload by its bare token lies on another host.
    const found = Object.keys(this.published.paths).find((template) => !template.startsWith('/{') && fits(template));
    return found === undefined ? undefined : this.published.paths[found]?.[method.toLowerCase()];
  }

  private content(it: Content): object | undefined {
    const [, kind = '', name = ''] = /^#\/components\/(\w+)\/(\w+)$/.exec(it.$ref ?? '') ?? [];
    const found = it.$ref === undefined ? it : this.published.components[kind]?.[name];
    return Object.values(found?.content ?? {})[0]?.schema;
  }

  /** References of the published text lead into that text. */
  private placed(schema: object): object {
    return JSON.parse(JSON.stringify(schema).replaceAll('"#/components/', '"pix#/components/')) as object;
  }
}
