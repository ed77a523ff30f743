import { now } from '@libs/kernel/clock.js';
import type { Called } from '@apps/sandbox/callbacks.js';
import type { Asked } from '@apps/sandbox/front.js';
import { page, period } from './queries.js';
import { flaws, text } from '@apps/sandbox/schema.js';
import type { Answer } from '@apps/sandbox/transport.js';
import { type Room, json, malformed, named, oauth } from './room.js';
import { type Hook, hookTable } from './rows.js';

/** `/pix` is appended to the registered address as a text, whatever it holds, unless it ends so that it cannot be. */
export const eventUrl = (url: string): string => (/[?&]ignorar=$/.test(url) ? url : `${url}/pix`);

const shape = (hook: Hook) => ({ webhookUrl: hook.url, chave: hook.key, criacao: hook.at });

/** A key of another account is not ours to configure, and the provider says so by scope. */
function ownKey(room: Room, asked: Asked): string {
  const key = asked.path['chave'] ?? '';
  if (key !== room.account.pixKey) throw oauth(403, 'insufficient_scope', 'Access token has insufficient scope');
  return key;
}

function registered(room: Room, asked: Asked): Hook {
  const hook = room.world.of(hookTable).get(ownKey(room, asked));
  if (hook) return hook;
  throw named(room.wire.missingStatus, 'webhook_nao_encontrado', 'Nenhum webhook encontrado para a chave informada');
}

function address(room: Room, text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const allowed = url?.protocol === 'https:' || (room.wire.plainCallbacks && url?.protocol === 'http:');
  if (url && allowed) return url;
  throw named(400, 'valor_invalido', 'O campo webhookUrl deve ser uma url https válida');
}

const invalid = (why: string) => named(400, 'webhook_invalido', `A URL informada ${why}`);
const accepted = (called: Called): boolean => 'status' in called && called.status >= 200 && called.status < 300;

/**
 * The provider tries the address before it believes in it: once without its certificate, which must be refused, and
 * once with it. Without TLS there is nothing to refuse, so that such an address must waive the check by its header.
 */
async function tried(room: Room, url: string, waived: boolean): Promise<void> {
  const body = JSON.stringify({ evento: 'teste_webhook', data_criacao: now().toISOString() });
  if (!waived) {
    const secure = url.startsWith('https:');
    if (!secure || accepted(await room.callbacks.call(url, body, false)))
      throw invalid('não está com o mTLS configurado corretamente');
  }
  const called = await room.callbacks.call(url, body, true);
  if ('failure' in called) throw invalid(`está inacessível (${called.failure})`);
  if (!accepted(called)) throw invalid(`respondeu com o código HTTP ${called.status}`);
}

/** `PUT /v2/webhook/{chave}`: one address per key, the last one counts. */
export async function setHook(room: Room, asked: Asked): Promise<Answer> {
  const key = ownKey(room, asked);
  const body = json(asked);
  const wrong = flaws(body, { webhookUrl: text(2048) });
  if (wrong.length > 0) throw malformed(wrong);
  const url = (body as { readonly webhookUrl: string }).webhookUrl;
  address(room, url);
  await tried(room, url, asked.headers['x-skip-mtls-checking'] === 'true');
  room.world.commit(hookTable.put(key, { key, url, at: now().toISOString() }));
  const { webhookStatus, webhookBody } = room.wire;
  return { status: webhookStatus, ...(webhookBody === 'url' && { body: { webhookUrl: url } }) };
}

/** `GET /v2/webhook/{chave}`. */
export const findHook = (room: Room, asked: Asked): Answer => ({ status: 200, body: shape(registered(room, asked)) });

/** `DELETE /v2/webhook/{chave}`. */
export function removeHook(room: Room, asked: Asked): Answer {
  room.world.commit(hookTable.drop(registered(room, asked).key));
  return { status: 204 };
}

/** `GET /v2/webhook?inicio=&fim=`. */
export function listHooks(room: Room, asked: Asked): Answer {
  const wanted = period(asked.query);
  const all = [...room.world.of(hookTable).values()].filter((hook) => wanted.holds(hook.at));
  const { rows, paginacao } = page(asked.query, all);
  return { status: 200, body: { parametros: { ...wanted.shown, paginacao }, webhooks: rows.map(shape) } };
}
