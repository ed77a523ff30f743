import type { Act, Call, Reply } from './call.js';
import { done } from './call.js';
import { cancelIntent, captureIntent } from './captures.js';
import { answerDispute, closeDispute, findDispute, listDisputes } from './disputes.js';
import { findTransaction, listTransactions } from './balance.js';
import * as hooks from './endpoints.js';
import { changeIntent, confirmIntent, createIntent, findIntent, listIntents, searchIntents } from './intents.js';
import { page } from './lists.js';
import { createMethod, findMethod } from './methods.js';
import { params, text } from './params.js';
import { missing } from './refusal.js';
import { cancelRefund, changeRefund, createRefund, findRefund, listRefunds } from './refunds.js';
import { methodOf } from './releases.js';
import { accountShape } from './notices.js';
import { chargeShape } from './shapes.js';
import { charges } from './tables.js';
import type { Turn } from './turn.js';

export interface Route {
  readonly method: string;
  readonly path: RegExp;
  readonly operation: (sent: string) => string;
  readonly of?: readonly string[]; // a question: the acts whose outcome it asks for
  readonly act: Act;
}

/** What is asked after may not be found yet, where that fault is armed; each thing once. */
const seen = (turn: Turn, of: readonly string[], id: string): boolean =>
  !turn.room.faults.take(of, ['find_404_then_found'], id);

const ofPayment = ['cards.find', 'cards.authorize', 'cards.capture', 'cards.void'];
const ofRefund = ['cards.find', 'cards.refund'];

function findCharge({ turn, path, form }: Call): Reply {
  params(form, {});
  const id = path['id'] ?? '';
  const charge = turn.find(charges, id);
  if (!charge || !seen(turn, ofPayment, id)) throw missing('charge', id, 'id');
  return done(chargeShape(turn.room, charge, methodOf(turn, charge)));
}

const listCharges = (call: Call): Reply =>
  page(
    call,
    '/v1/charges',
    [...call.turn.room.world.of(charges).values()],
    { payment_intent: text(), customer: text(), transfer_group: text() },
    (row, it) =>
      (it.payment_intent ?? row.intent) === row.intent &&
      it.customer === undefined &&
      (it.transfer_group ?? row.transferGroup) === row.transferGroup,
    (row) => chargeShape(call.turn.room, row, methodOf(call.turn, row)),
  );

function account({ turn, form }: Call): Reply {
  params(form, {});
  return done(accountShape(turn.room));
}

const placed = (template: string): RegExp => new RegExp(`^/v1/${template.replaceAll('{id}', '(?<id>[^/]+)')}/?$`);
const route = (
  method: string,
  template: string,
  operation: string | ((sent: string) => string),
  act: Act,
  of?: readonly string[],
): Route => ({
  method,
  path: placed(template),
  operation: typeof operation === 'string' ? () => operation : operation,
  act,
  ...(of && { of }),
});

/** A payment that is confirmed as it is made is an authorisation; one that waits is only a wish. */
const creation = (sent: string): string => (/(^|&)confirm=true(&|$)/.test(sent) ? 'cards.authorize' : 'intents.create');

const table: readonly Route[] = [
  route('GET', 'account', 'account', account),
  route('POST', 'payment_methods', 'method', createMethod),
  route('GET', 'payment_methods/{id}', 'method', findMethod),
  route('POST', 'payment_intents', creation, createIntent),
  route('GET', 'payment_intents', 'cards.find', listIntents(seen), ofPayment),
  route('GET', 'payment_intents/search', 'cards.find', searchIntents(seen), ofPayment),
  route('GET', 'payment_intents/{id}', 'cards.find', findIntent(seen), ofPayment),
  route('POST', 'payment_intents/{id}', 'intents.update', changeIntent),
  route('POST', 'payment_intents/{id}/confirm', 'cards.authorize', confirmIntent),
  route('POST', 'payment_intents/{id}/capture', 'cards.capture', captureIntent),
  route('POST', 'payment_intents/{id}/cancel', 'cards.void', cancelIntent),
  route('GET', 'charges', 'cards.find', listCharges, ofPayment),
  route('GET', 'charges/{id}', 'cards.find', findCharge, ofPayment),
  route('POST', 'refunds', 'cards.refund', createRefund),
  route('GET', 'refunds', 'cards.find', listRefunds(seen), ofRefund),
  route('GET', 'refunds/{id}', 'cards.find', findRefund(seen), ofRefund),
  route('POST', 'refunds/{id}', 'refund', changeRefund),
  route('POST', 'refunds/{id}/cancel', 'refund', cancelRefund),
  route('GET', 'disputes', 'cards.find', listDisputes),
  route('GET', 'disputes/{id}', 'cards.find', findDispute),
  route('POST', 'disputes/{id}', 'dispute', answerDispute),
  route('POST', 'disputes/{id}/close', 'dispute', closeDispute),
  route('GET', 'balance_transactions', 'statement', listTransactions),
  route('GET', 'balance_transactions/{id}', 'statement', findTransaction),
  route('POST', 'webhook_endpoints', 'webhook', hooks.createEndpoint),
  route('GET', 'webhook_endpoints', 'webhook', hooks.listEndpoints),
  route('GET', 'webhook_endpoints/{id}', 'webhook', hooks.findEndpoint),
  route('POST', 'webhook_endpoints/{id}', 'webhook', hooks.changeEndpoint),
  route('DELETE', 'webhook_endpoints/{id}', 'webhook', hooks.removeEndpoint),
  route('GET', 'events', 'event', hooks.listEvents),
  route('GET', 'events/{id}', 'event', hooks.findEvent),
];

type Matched = { readonly route: Route | undefined; readonly path: Readonly<Record<string, string>> };

/** The route of a request and the groups of its path. */
export function match(method: string, pathname: string): Matched {
  for (const it of table) {
    const groups = it.method === method ? it.path.exec(pathname) : null;
    if (groups) return { route: it, path: { ...groups.groups } };
  }
  return { route: undefined, path: {} };
}
