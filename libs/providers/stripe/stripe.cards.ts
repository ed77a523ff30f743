import type { Acts, Part, Whole } from '@libs/providers/contract/acts.js';
import type { CardData, CardInput } from '@libs/providers/contract/inputs.js';
import type { Act, Call } from '@libs/providers/contract/call.js';
import type { Finding, Outcome } from '@libs/providers/contract/outcome.js';
import type { Capability, Sought } from '@libs/providers/contract/provider.js';
import { ask } from './stripe.client.js';
import type { StripeCredentials } from './stripe.credentials.js';
import { captureForm, intentForm, methodForm, refundForm } from './stripe.forms.js';
import { foundByKey, foundIntent, foundPayment, foundRefund } from './stripe.find.js';
import * as news from './stripe.news.js';
import { cardProof } from './stripe.proof.js';
import * as wire from './stripe.wire.js';
import { object, text } from '@libs/providers/answer.js';

type Credentials = StripeCredentials;
type Sent<I> = Call<I, Credentials>;

/** The card is laid down first: that moves nothing. Only the intent, confirmed as it is made, is the act. */
const authorize: Act<CardInput, CardData, Credentials> = async (call) => {
  const { key, credentials, input, leftMs } = call;
  const method = await laidDown(call);
  if (typeof method !== 'string') return method;
  const answer = await ask(
    credentials,
    (stripe) => stripe.paymentIntents.create(intentForm(key, method, input), { idempotencyKey: key }),
    leftMs,
  );
  if (answer.kind !== 'answered') return answer;
  const { amount, currency, capture, card } = input;
  const intent = news.refusedIntent(answer, key);
  if (!intent) return news.authorised(answer, { key, amount, currency }, capture, card.brand);
  // The intent waits for another card: as long as it does, the answer is not no.
  const gone = await ask(
    credentials,
    (stripe) => stripe.paymentIntents.cancel(intent.id, {}, { idempotencyKey: `${key}-cancel` }),
    leftMs,
    true,
  );
  return news.refused(answer, intent, gone.kind === 'answered' ? gone : undefined);
};

/** The name of the card there; else why there will be no payment. Whatever became of it, no payment has been sent. */
async function laidDown({ key, credentials, input, leftMs }: Sent<CardInput>): Promise<string | Outcome<CardData>> {
  const answer = await ask(
    credentials,
    (stripe) => stripe.paymentMethods.create(methodForm(input), { idempotencyKey: `${key}-method` }),
    leftMs,
    true,
  );
  if (answer.kind === 'unsent') return answer;
  if (answer.kind === 'unknown') return unsent(answer.message);
  const it = answer.status === 200 ? object(answer.json) : undefined;
  const id = it?.['object'] === 'payment_method' ? text(it['id']) : undefined;
  if (id !== undefined) return id;
  const refusal = wire.refusal(answer);
  // A key that has been used, or is, tells of an earlier call of this very act.
  const ours = refusal.kind === 'unknown' && (refusal.why === 'duplicate' || refusal.why === 'early');
  return refusal.kind === 'unknown' && !ours ? unsent(refusal.message) : refusal;
}
const unsent = (message: string): Outcome<CardData> => ({
  kind: 'unsent',
  why: 'refused',
  message: `the card was not taken: ${message}`.slice(0, 255),
});

const capture: Act<Part, CardData, Credentials> = async ({ key, credentials, input, leftMs }) => {
  const answer = await ask(
    credentials,
    (stripe) => stripe.paymentIntents.capture(input.ref, captureForm(key, input), { idempotencyKey: key }),
    leftMs,
  );
  return answer.kind === 'answered' ? news.captured(answer, { key, ...input }) : answer;
};

const cancel: Act<Whole, CardData, Credentials> = async ({ key, credentials, input, leftMs }) => {
  const answer = await ask(
    credentials,
    (stripe) => stripe.paymentIntents.cancel(input.ref, {}, { idempotencyKey: key }),
    leftMs,
  );
  return answer.kind === 'answered' ? news.voided(answer, input.ref) : answer;
};

const refund: Act<Part, CardData, Credentials> = async ({ key, credentials, input, leftMs }) => {
  const answer = await ask(
    credentials,
    (stripe) => stripe.refunds.create(refundForm(key, input), { idempotencyKey: key }),
    leftMs,
  );
  return answer.kind === 'answered' ? news.refunded(answer, { key, ...input }) : answer;
};

const find = async (call: Sent<Sought<keyof Acts['cards']>>): Promise<Finding<CardData>> => {
  const { key, credentials, input, leftMs } = call;
  const { act, ref, amount, currency, parent, sentAt } = input;
  const wanted: news.Wanted = { key, amount, currency };
  if (act === 'authorize') {
    return ref === undefined
      ? foundByKey(credentials, wanted, sentAt, leftMs)
      : foundPayment(credentials, ref, wanted, leftMs);
  }
  if (!parent) return { kind: 'unknown', why: 'fault', message: 'nothing to ask by' };
  const upon: news.Upon = { ...wanted, ref: parent.ref };
  if (act === 'refund') return foundRefund(credentials, upon, leftMs, ref);
  return foundIntent(credentials, parent.ref, leftMs, (intent) =>
    act === 'capture' ? news.captureIn(intent, upon) : news.voidIn(intent, parent.ref),
  );
};

export const cards: Capability<'cards', Credentials> = {
  authorize,
  capture,
  void: cancel,
  refund,
  find,
  get proof() {
    return cardProof();
  },
};
