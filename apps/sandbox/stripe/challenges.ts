import type { Answer } from '@apps/sandbox/transport.js';
import { authorise, unauthenticated } from './attempts.js';
import { live } from './releases.js';
import type { Room } from './room.js';
import { type Intent, methods } from './tables.js';
import { Turn } from './turn.js';

export type Result = 'succeed' | 'decline';

/** The payer's answer to his bank. Answers undefined for a payment nobody knows, false for one that asks nothing. */
export function challenge(room: Room, id: string, result: Result): boolean | undefined {
  const turn = new Turn(room);
  const intent = live(turn, id);
  if (!intent) return undefined;
  const method = turn.find(methods, intent.method ?? '');
  if (intent.status !== 'requires_action' || !method) return false;
  if (result === 'succeed') authorise(turn, intent, method, true);
  else unauthenticated(turn, intent, method);
  turn.commit();
  return true;
}

const page = (title: string, content: string): Answer => ({
  status: title === '404' ? 404 : 200,
  body: `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title>${content}</html>`,
  headers: { 'content-type': 'text/html; charset=utf-8' },
});
const form = [
  '<h1>3D Secure</h1><p>The bank asks whether this payment is yours.</p><form method="post">',
  '<button name="result" value="succeed">Complete</button> <button name="result" value="decline">Fail</button></form>',
].join('');

function back(intent: Intent): string | undefined {
  const url = URL.parse(intent.challenge?.returnUrl ?? '');
  if (!url) return undefined;
  url.searchParams.set('payment_intent', intent.id);
  url.searchParams.set('payment_intent_client_secret', intent.secret);
  return url.href;
}

/** The bank's page, at the address that `next_action` gave; whoever has it may answer. */
export function banksPage(room: Room, method: string, id: string, token: string, result: Result): Answer {
  const intent = live(new Turn(room), id);
  if (!intent?.challenge || intent.challenge.token !== token) return page('404', '<p>Nothing is asked here.</p>');
  if (method === 'GET') return page('3D Secure', form);
  challenge(room, id, result);
  const url = back(intent);
  if (url === undefined) return page('3D Secure', '<p>Thank you. You may close this page.</p>');
  return {
    status: 303,
    headers: { location: `${url}&redirect_status=${result === 'succeed' ? 'succeeded' : 'failed'}` },
  };
}
