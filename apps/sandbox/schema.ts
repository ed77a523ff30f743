/** One thing wrong with a body, in the words of the provider's error list. */
export interface Flaw {
  readonly chave: string;
  readonly caminho: string;
  readonly mensagem: string;
}
/** What a member must be; undefined means that it is not there. */
export type Rule = (value: unknown, path: string) => readonly Flaw[];
type Members = Readonly<Record<string, Rule>>;

const flaw = (chave: string, caminho: string, mensagem: string): readonly Flaw[] => [{ chave, caminho, mensagem }];
const missing = (path: string): readonly Flaw[] => flaw('required', path, 'é obrigatório');
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const optional =
  (rule: Rule): Rule =>
  (value, path) =>
    value === undefined ? [] : rule(value, path);

export const text =
  (longest: number, shape = /^[\s\S]*$/): Rule =>
  (value, path) => {
    if (value === undefined) return missing(path);
    if (typeof value !== 'string') return flaw('type', path, 'deve ser do tipo string');
    if (value.length > longest) return flaw('maxLength', path, `não deve ter mais de ${longest} caracteres`);
    return shape.test(value) ? [] : flaw('pattern', path, `deve corresponder ao padrão ${shape.source}`);
  };

export const oneOf =
  (allowed: readonly string[]): Rule =>
  (value, path) => {
    if (value === undefined) return missing(path);
    return allowed.some((item) => item === value) ? [] : flaw('enum', path, `deve ser um de ${allowed.join(', ')}`);
  };

export const real =
  (least: number, most: number): Rule =>
  (value, path) => {
    if (value === undefined) return missing(path);
    if (typeof value !== 'number') return flaw('type', path, 'deve ser um número');
    return value >= least && value <= most ? [] : flaw('range', path, `deve estar entre ${least} e ${most}`);
  };

export const integer =
  (least: number, most: number): Rule =>
  (value, path) =>
    value !== undefined && !Number.isSafeInteger(value)
      ? flaw('type', path, 'deve ser um número inteiro')
      : real(least, most)(value, path);

export const truth: Rule = (value, path) =>
  typeof value === 'boolean' ? [] : flaw('type', path, 'deve ser verdadeiro ou falso');

/** An object of these members and no other. */
export const object =
  (members: Members): Rule =>
  (value, path) => {
    if (value === undefined) return missing(path);
    if (!isObject(value)) return flaw('type', path, 'deve ser um objeto');
    const unknown = Object.keys(value).filter((name) => !Object.hasOwn(members, name));
    return [
      ...unknown.flatMap((name) => flaw('additionalProperties', `${path}.${name}`, 'não é um membro conhecido')),
      ...Object.entries(members).flatMap(([name, rule]) => rule(value[name], `${path}.${name}`)),
    ];
  };

export const list =
  (longest: number, item: Rule): Rule =>
  (value, path) => {
    if (value === undefined) return missing(path);
    if (!Array.isArray(value)) return flaw('type', path, 'deve ser uma lista');
    if (value.length > longest) return flaw('maxItems', path, `não deve ter mais de ${longest} itens`);
    return value.flatMap((entry: unknown, at) => item(entry, `${path}[${at}]`));
  };

/** Everything wrong with a body that must have these members; none when it is right. */
export const flaws = (body: unknown, members: Members): readonly Flaw[] => object(members)(body, '');
