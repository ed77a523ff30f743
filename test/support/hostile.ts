import type { Contract, Operation, Parameter } from './document.js';
import * as mutants from './mutants.js';
import type { Heard, Sent } from './raw.js';
import { type Expected, isUntaken, misshapen, refused } from './refusal.js';

/** A request that nobody should send, and what must become of it. */
export interface Trial {
  readonly what: string;
  readonly sent: Sent;
  /** The contract takes it: it may be done, and may yet be refused for what no schema says. */
  readonly valid: boolean;
  /** What is wrong with the answer. */
  fault(heard: Heard): string | undefined;
}

/** Who asks for an operation, and of which things that there are. */
export interface Cast {
  /** The Authorization header of somebody who may. */
  rightful(operation: Operation): string | undefined;
  /** Headers of those who may not, with the status that tells them. */
  wrongful(
    operation: Operation,
  ): readonly (readonly [who: string, authorization: string | undefined, status: number])[];
  /** A living id for each parameter of a path; one that names nothing where there is none. */
  ids(operation: Operation): Readonly<Record<string, string>>;
  /** Whether all of those live. */
  alive(operation: Operation): boolean;
}

const writes = new Set(['POST', 'PUT', 'PATCH']);
const json = { 'content-type': 'application/json' };
const told = (value: unknown): string => (value === mutants.missing ? 'missing' : short(mutants.serialise(value)));
const short = (text: string): string => (text.length > 60 ? `${text.slice(0, 50)}… (${text.length})` : text);

export interface Chances {
  /** So many bodies with several things wrong with them. */
  readonly mixtures: number;
  /** From 0 to 1, as `Math.random`. */
  readonly random: () => number;
}

/** Everything that is tried on one operation of a contract. */
export class Attack {
  /** The body of the document's first example. */
  readonly example: unknown;
  private readonly refuses: readonly number[];

  constructor(
    private readonly contract: Contract,
    private readonly operation: Operation,
    private readonly cast: Cast,
    private readonly chances: Chances,
  ) {
    this.example = operation.body?.examples[0];
    // One that foresees no 422 takes what comes, and answers as it must: a provider's callback.
    this.refuses = operation.statuses.includes(422) ? [422] : operation.statuses.filter((it) => it < 500);
  }

  *trials(): Generator<Trial> {
    yield* this.keys();
    yield* this.paths();
    yield* this.queries();
    yield* this.headers();
    if (writes.has(this.operation.method)) yield* this.bytes();
    if (this.operation.body) yield* this.bodies();
    if (this.operation.body) yield* this.mixed();
  }

  /** The request of an example, as it should be sent. */
  pressed(example: unknown = this.example): Sent {
    return this.sent({ body: example === undefined ? undefined : mutants.serialise(example) });
  }

  private sent(with_: {
    readonly body?: Sent['body'];
    readonly authorization?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly query?: string;
    readonly ids?: Readonly<Record<string, string>>;
  }): Sent {
    const { operation, cast } = this;
    const { body, headers = {}, query = this.query() } = with_;
    const ids = { ...cast.ids(operation), ...with_.ids };
    const authorization = 'authorization' in with_ ? with_.authorization : cast.rightful(operation);
    const path = operation.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => ids[name] ?? name);
    return {
      method: operation.method,
      path: query === '' ? path : `${path}?${query}`,
      headers: {
        ...(authorization === undefined ? {} : { authorization }),
        ...(body === undefined ? {} : json),
        ...headers,
      },
      body,
    };
  }

  private get body(): string | undefined {
    return this.example === undefined ? undefined : mutants.serialise(this.example);
  }

  /** The parameters that must be there, as the document exemplifies them. */
  private query(but?: Parameter): string {
    const found = this.operation.parameters.filter((it) => it.in === 'query' && it.required === true && it !== but);
    return found.map((it) => `${it.name}=${encodeURIComponent(this.good(it))}`).join('&');
  }

  private good({ schema, example }: Parameter): string {
    return String(example ?? this.contract.sample(schema));
  }

  private refusal(what: string, sent: Sent, expected: Expected): Trial {
    const fault = (heard: Heard): string | undefined =>
      refused(heard, expected) ?? this.contract.answerFaults(this.operation, heard.status, heard.body);
    return { what, sent, valid: expected.statuses.some((it) => it < 300), fault };
  }

  /** What the contract takes, or does not speak of: any answer that is foreseen, but no failure. */
  private taken(what: string, sent: Sent): Trial {
    const fault = (heard: Heard): string | undefined => {
      if (heard.status >= 500 && !isUntaken(heard)) return `${heard.status}`;
      const wrong = heard.status >= 400 ? misshapen(heard) : undefined;
      return wrong ?? this.contract.answerFaults(this.operation, heard.status, heard.body);
    };
    return { what, sent, valid: true, fault };
  }

  private *keys(): Generator<Trial> {
    for (const [who, authorization, status] of this.cast.wrongful(this.operation)) {
      yield this.refusal(`by ${who}`, this.sent({ body: this.body, authorization }), { statuses: [status] });
    }
  }

  private *paths(): Generator<Trial> {
    const statuses = this.operation.security.length > 0 ? [404] : [401, 404];
    for (const { name } of this.operation.parameters.filter((it) => it.in === 'path')) {
      for (const id of mutants.some(mutants.strangeIds, this.operation.name.length)) {
        const sent = this.sent({ body: this.body, ids: { [name]: id } });
        const fault = (heard: Heard): string | undefined => refused(heard, { statuses });
        yield { what: `{${name}} ${short(id)}`, sent, valid: false, fault };
      }
    }
  }

  private *queries(): Generator<Trial> {
    const known = this.operation.parameters.filter((it) => it.in === 'query');
    // A parameter that nobody knows is left alone; only where nothing is done, because it would be done.
    const unknown = this.operation.method === 'GET' ? ['__proto__=1&constructor[x]=1', '%00=%00', 'a=%', '&&=&?'] : [];
    for (const text of unknown) {
      yield this.taken(`?${text}`, this.sent({ query: [this.query(), text].filter(Boolean).join('&') }));
    }
    for (const [index, parameter] of known.entries()) {
      const { name, schema, required } = parameter;
      const rest = this.query(parameter);
      const ask = (text: string): Sent => this.sent({ body: this.body, query: [rest, text].filter(Boolean).join('&') });
      const bad = (text: string, codes: readonly string[]): Trial =>
        this.refusal(`?${short(text)}`, ask(text), { statuses: [422], field: name, codes });
      if (required === true) yield bad('', ['required']);
      const good = encodeURIComponent(this.good(parameter));
      yield bad(`${name}=${good}&${name}=${good}`, ['invalid', 'out_of_range']);
      for (const raw of ['%', '%ff', '%ed%a0%80', '%zz']) yield this.taken(`?${name}=${raw}`, ask(`${name}=${raw}`));
      for (const text of [`${name}[]=${good}`, `${name}[a]=${good}`]) {
        yield this.taken(`?${text}`, ask(text));
      }
      const given = mutants
        .values(this.contract, schema, index)
        .filter((it) => typeof it === 'string' && !/\p{Cs}/u.test(it));
      for (const value of given as string[]) {
        const codes = this.queryCodes(parameter, value);
        const text = `${name}=${encodeURIComponent(value)}`;
        if (text.length > 8_000) continue; // longer than a server reads of a header
        yield codes ? bad(text, codes) : this.taken(`?${short(text)}`, ask(text));
      }
    }
  }

  private queryCodes(parameter: Parameter, text: string): readonly string[] | undefined {
    const whole = this.contract.shapes(parameter.schema).some(({ type }) => type === 'integer');
    const value = whole && /^\d{1,15}$/.test(text) ? Number(text) : text;
    const index = this.operation.parameters.indexOf(parameter);
    const faults = this.contract.parameterFaults(this.operation, index, value);
    if (faults.length > 0) return mutants.codesOf(faults);
    return mutants.isUnprintable(text) ? ['invalid'] : undefined;
  }

  private *headers(): Generator<Trial> {
    for (const { name } of this.operation.parameters.filter((it) => it.in === 'header')) {
      for (const value of ['', 'x'.repeat(256), 'x'.repeat(4_000), '\u00e9', 'a\tb', '\u00ff\u00fe', '\u0080']) {
        const sent = this.sent({ body: this.body, headers: { [name]: value } });
        const expected = {
          statuses: this.cast.alive(this.operation) ? [422] : [404, 422],
          field: name,
          codes: ['invalid', 'too_long'],
        };
        yield this.refusal(`${name}: ${short(JSON.stringify(value))}`, sent, expected);
      }
    }
  }

  /** Bodies that are no JSON, or none of ours. */
  private *bytes(): Generator<Trial> {
    const good = this.body ?? '{}';
    const foreseen = (status: number): readonly number[] => (this.refuses.length === 1 ? [status] : this.refuses);
    const form = 'application/x-www-form-urlencoded';
    const kinds = ['text/plain', 'application/json5', 'application/xml', 'multipart/form-data; boundary=x', form, ''];
    for (const type of kinds.filter((it) => !this.operation.body?.types.includes(it))) {
      const sent = this.sent({ body: good, headers: { 'content-type': type } });
      yield this.refusal(`of type ${type || 'none'}`, sent, { statuses: foreseen(415) });
    }
    for (const coding of ['gzip', 'br', 'x']) {
      const sent = this.sent({ body: good, headers: { 'content-encoding': coding } });
      yield this.refusal(`packed by ${coding}`, sent, { statuses: foreseen(415) });
    }
    for (const bad of mutants.some(mutants.malformed(good), this.operation.name.length)) {
      yield this.refusal(short(String(bad)), this.sent({ body: bad }), { statuses: foreseen(400) });
    }
    const long = `{"${'x'.repeat(70 * 1024)}`;
    const tooLong = [413, ...foreseen(400)]; // or cut short, where so much may be sent
    yield this.refusal('70 KiB', this.sent({ body: long }), { statuses: tooLong });
    if (this.operation.body === undefined) {
      yield* this.unasked();
      return;
    }
    for (const [what, sent] of [
      ['no body', this.sent({})],
      ['an empty body', this.sent({ body: '' })],
    ] as const) {
      if (this.operation.body.required) yield this.refusal(what, sent, { statuses: this.refuses });
      else yield this.taken(what, sent);
    }
  }

  /** Bodies where none is taken: one without members is none. */
  private *unasked(): Generator<Trial> {
    yield this.taken('{}', this.sent({ body: '{}' }));
    if (this.refuses.length > 1) return;
    const statuses = this.cast.alive(this.operation) ? [422] : [404, 422];
    for (const [body, field, code] of [
      ['[]', 'body', 'invalid'],
      ['[{}]', 'body', 'invalid'],
      ['{"x":1}', 'x', 'unknown_field'],
      ['{"id":null,"__proto__":{}}', 'id', 'unknown_field'],
    ] as const) {
      yield this.refusal(body, this.sent({ body }), { statuses, field, codes: [code] });
    }
  }

  private *bodies(): Generator<Trial> {
    const { contract, operation } = this;
    const { schema } = operation.body!;
    for (const value of [[], {}, [[]], [null], [1], ['x'], [{}], { x: 1 }, Array(200).fill(this.example)]) {
      yield this.tried([], value);
    }
    for (const [index, place] of [...mutants.places(contract, schema)].entries()) {
      if (place.path.length > 0) {
        for (const value of mutants.values(contract, place.schema, index))
          yield this.tried(place.path, value, place.schema);
      }
      if (!mutants.isClosed(contract, place.schema)) continue;
      for (const name of mutants.some(mutants.strangers, index)) yield this.tried([...place.path, name], 1);
    }
  }

  /** Bodies with two, three or four things in the wrong place at once. */
  private *mixed(): Generator<Trial> {
    const { contract, operation, chances } = this;
    const { schema } = operation.body!;
    const places = [...mutants.places(contract, schema)].filter((it) => it.path.length > 0);
    const one = <T>(them: readonly T[]): T => them[Math.floor(chances.random() * them.length)]!;
    for (let made = 0; made < chances.mixtures && places.length > 0; made += 1) {
      const put = Array.from({ length: 2 + Math.floor(chances.random() * 3) }, () => one(places)).map(
        (place) => [place.path, one(mutants.values(contract, place.schema, made))] as const,
      );
      const whole = put.reduce<unknown>((body, it) => mutants.placed(contract, schema, body, ...it), this.example);
      const body = mutants.serialise(whole);
      const long = Buffer.byteLength(body) > 64 * 1024 ? [413] : [];
      // What every one of them may be together, nobody has written down: it is enough that no schema takes it.
      if (mutants.verdict(contract, operation, body, undefined) === undefined) continue;
      const what = put.map(([path, value]) => `${mutants.nameOf(path)} ${told(value)}`).join(' and ');
      yield this.refusal(what, this.sent({ body }), { statuses: [...this.refuses, ...long] });
    }
  }

  private tried(path: mutants.Path, value: unknown, schema?: mutants.Place['schema']): Trial {
    const { contract, operation } = this;
    const whole = mutants.placed(contract, operation.body!.schema, this.example, path, value);
    const body = mutants.serialise(whole);
    const sent = this.sent({ body });
    const what = `${mutants.nameOf(path)} ${told(value)}`;
    const codes = mutants.verdict(contract, operation, body, value, schema);
    if (codes === undefined) return this.taken(what, sent);
    // Names that every object inherits are refused for what they are, before anybody asks what they stand in.
    const also = typeof value === 'object' ? [...codes, 'unknown_field'] : codes;
    const long = Buffer.byteLength(body) > 64 * 1024 ? [413] : [];
    const field = path.length === 0 || this.refuses.length > 1 ? {} : { field: mutants.nameOf(path), codes: also };
    return this.refusal(what, sent, { statuses: [...this.refuses, ...long], ...field });
  }
}
