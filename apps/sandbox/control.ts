import type { IncomingMessage, ServerResponse } from 'node:http';
import { clockOffsetMs, advanceClockTo, now } from '@libs/kernel/clock.js';
import { serverNames } from './certificates.js';
import { pay } from './payments.js';
import type { Requests } from './requests.js';
import type { Room } from './room.js';
import { type Rule, flaws, integer, optional, truth } from './schema.js';
import { type Body, read, target } from './transport.js';

/** What the control routes reach. */
export interface Desk {
  readonly room: Room;
  readonly requests: Requests;
  readonly listeners: Readonly<Record<string, string>>;
  readonly cutAll: () => void;
  readonly onAdvance?: (offsetMs: number) => Promise<void>;
}

class Wrong extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}
const must = (reasons: readonly string[]): void => {
  if (reasons.length > 0) throw new Wrong(422, reasons.join('; '));
};
const check = (body: unknown, members: Readonly<Record<string, Rule>>): void =>
  must(flaws(body, members).map((flaw) => `${flaw.caminho}: ${flaw.mensagem}`));

/** Amounts leave as whole cents. The wire's ten digits and two more fit a number exactly. */
const jsonText = (value: unknown): string =>
  JSON.stringify(value, (_name, item: unknown) => (typeof item === 'bigint' ? Number.parseInt(`${item}`, 10) : item));

const mostCents = 999_999_999_999;
const amountRule: Rule = (value, path) =>
  integer(1, mostCents)(
    typeof value === 'string' && /^\d{1,12}$/.test(value) ? Number.parseInt(value, 10) : value,
    path,
  );

const latest = Date.parse('2200-01-01T00:00:00Z');

async function advance(desk: Desk, body: unknown): Promise<unknown> {
  if (!desk.onAdvance) throw new Wrong(409, 'this sandbox cannot move the clock of the API and the jobs');
  check(body, { advanceSeconds: integer(1, 4_000_000_000) });
  const offsetMs = clockOffsetMs() + (body as { readonly advanceSeconds: number }).advanceSeconds * 1000;
  if (now().getTime() - clockOffsetMs() + offsetMs > latest) throw new Wrong(422, '.advanceSeconds: beyond 2200');
  desk.room.world.commit(['setting', 'clockMs', offsetMs]);
  advanceClockTo(offsetMs);
  await desk.onAdvance(offsetMs);
  return { offsetMs, now: now().toISOString() };
}

function paid(desk: Desk, txid: string, body: unknown): unknown {
  check(body, { amount: optional(amountRule), again: optional(truth), late: optional(truth) });
  const { amount, ...wish } = body as { amount?: number | string; again?: boolean; late?: boolean };
  const payment = pay(desk.room, txid, { ...wish, ...(amount !== undefined && { amount: BigInt(amount) }) });
  if (payment === undefined) throw new Wrong(404, 'no charge has this txid');
  if (typeof payment === 'string') throw new Wrong(409, payment);
  return { endToEndId: payment.endToEndId, txid, amount: payment.amount };
}

function armed(desk: Desk, body: unknown): unknown {
  const fault = desk.room.faults.arm(body);
  if (!('id' in fault)) return must(fault);
  if (fault.kind === 'refuse' && fault.rate === undefined) desk.cutAll();
  return fault;
}

function emptied(desk: Desk): unknown {
  desk.room.world.reset();
  desk.requests.clear();
  return {};
}

/** Where the providers listen, under the name by which the asker reached us: from another container it is another. */
function listeners(desk: Desk, host: string): unknown {
  const name = /^\[?([^\]]*?)\]?(:\d+)?$/.exec(host)?.[1] ?? '';
  const known = name !== '127.0.0.1' && name !== '::1' && serverNames.some((own) => own === name);
  const entries = Object.entries(desk.listeners).map(([provider, url]) => {
    const place = new URL(url);
    if (known) place.hostname = name;
    return [provider, place.origin];
  });
  return Object.fromEntries(entries) as unknown;
}

interface Question {
  readonly body: unknown;
  readonly query: URLSearchParams;
  readonly host: string;
  readonly txid: string;
}
type Route = readonly [method: string, path: RegExp, act: (desk: Desk, question: Question) => unknown];

const routes: readonly Route[] = [
  ['GET', /^\/_sim\/listeners$/, (desk, { host }) => listeners(desk, host)],
  ['POST', /^\/_sim\/pix\/([^/]+)\/pay$/, (desk, { txid, body }) => paid(desk, txid, body)],
  ['POST', /^\/_sim\/clock$/, (desk, { body }) => advance(desk, body)],
  [
    'GET',
    /^\/_sim\/requests$/,
    (desk, { query }) => ({ requests: desk.requests.list(query.get('provider'), query.get('operation')) }),
  ],
  ['GET', /^\/_sim\/ledger$/, (desk) => ({ effects: [...desk.room.world.tables.effect.values()] })],
  ['GET', /^\/_sim\/faults$/, (desk) => ({ faults: desk.room.faults.list() })],
  ['PUT', /^\/_sim\/faults$/, (desk, { body }) => armed(desk, body)],
  ['DELETE', /^\/_sim\/faults$/, (desk) => ({ removed: desk.room.faults.disarm() })],
  ['POST', /^\/_sim\/reset$/, (desk) => emptied(desk)],
];

function parsed(body: Body): unknown {
  if ('json' in body) {
    if (typeof body.json === 'object' && body.json !== null && !Array.isArray(body.json)) return body.json;
    throw new Wrong(422, 'the body must be an object');
  }
  if (body.text === '') return {};
  throw new Wrong(400, 'the body is not JSON');
}

async function answer(desk: Desk, request: IncomingMessage, body: Body): Promise<unknown> {
  const url = target(request);
  if (!url) throw new Wrong(400, 'the address cannot be read');
  const there = routes.filter(([, path]) => path.test(url.pathname));
  if (there.length === 0) throw new Wrong(404, 'no such control route');
  const [, path, act] = there.find(([method]) => method === request.method) ?? [];
  if (!path || !act) throw new Wrong(405, 'the route takes another method');
  const question: Question = {
    body: parsed(body),
    query: url.searchParams,
    host: request.headers.host ?? '',
    txid: path.exec(url.pathname)?.[1] ?? '',
  };
  return act(desk, question);
}

/** Answers one request to `/_sim`, over plain HTTP. Bad input is a 4xx with a message that says what is wrong. */
export async function control(desk: Desk, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const send = (status: number, value: unknown): void => {
    const text = jsonText(value);
    response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
    response.end(text);
  };
  const body = await read(request);
  if (!body) return;
  try {
    send(200, await answer(desk, request, body));
  } catch (error) {
    if (error instanceof Wrong) return send(error.status, { message: error.message });
    send(500, { message: 'the sandbox failed' });
    throw error;
  }
}
