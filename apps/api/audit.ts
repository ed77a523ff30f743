import { Logger } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Audit } from '@libs/admin/audit.service.js';
import { type Act, withAct } from '@libs/kernel/before.js';
import type { Caller } from '@libs/kernel/caller.js';
import { said } from '@libs/kernel/work.js';

const reads = new Set(['GET', 'HEAD', 'OPTIONS']);

interface Asked {
  readonly id: string;
  readonly method: string;
  readonly body?: unknown;
  readonly params?: unknown;
  readonly routeOptions: { readonly url?: string };
  readonly caller?: Caller;
}
interface Begun extends Act {
  readonly id: string;
}

const isWrite = ({ method, routeOptions: { url } }: Asked): boolean =>
  !reads.has(method) && url !== undefined && /^\/admin(?:\/|$)/.test(url);

function parsed(payload: unknown): unknown {
  if (typeof payload !== 'string' || payload === '') return null;
  try {
    return JSON.parse(payload) as unknown;
  } catch {
    return payload.slice(0, 10_000);
  }
}

/**
 * Has every write under `/admin` leave its rows, whatever route it is and whoever mounted it: one before anything is
 * done, one before the answer leaves. An act that cannot be written down is not begun; one whose end cannot be is
 * answered as it ended, and its first row stays without a status. What the edge refuses (no key, a body that cannot be
 * read) has asked for nothing. To be called after the edge was registered.
 */
export function auditWrites(app: NestFastifyApplication): void {
  const [audit, log] = [app.get(Audit), new Logger('audit')];
  const acts = new WeakMap<object, Begun>();
  const fastify = app.getHttpAdapter().getInstance();
  fastify.addHook('preHandler', (request, _, done) => {
    const asked = request as unknown as Asked;
    const { caller: admin, id: requestId, method, params: ids = {}, body } = asked;
    if (admin?.kind !== 'administrator' || !isWrite(asked)) return done();
    const route = `${method} ${asked.routeOptions.url}`;
    void audit.intend({ admin, requestId, route, ids, body }).then((id) => {
      const act: Begun = { id };
      acts.set(request, act);
      return withAct(act, done);
    }, done);
  });
  fastify.addHook('onSend', async (request, reply, payload) => {
    const act = acts.get(request);
    if (act === undefined) return;
    acts.delete(request);
    const ending = { status: reply.statusCode, before: act.before, after: parsed(payload) };
    await audit.end(act.id, ending).catch((error: unknown) => {
      log.error(`the end of the act ${act.id} was not written: ${ending.status} ${said(error)}`);
    });
  });
}
