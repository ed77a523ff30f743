import { Stripe } from 'stripe';
import { toJson } from '@libs/money/cents.js';
import type { Part } from '@libs/providers/contract/acts.js';
import type { CardInput, Payer } from '@libs/providers/contract/inputs.js';

/** What is sent, member by member. Everything that is made bears the key of the act that made it. */
/** The form of `POST /v1/payment_methods`. The number and the code are in it, and nowhere else. */
export function methodForm({ card, payer }: CardInput): Stripe.PaymentMethodCreateParams {
  const [month = '', year = ''] = card.expires.split('/');
  return {
    type: 'card',
    card: {
      number: card.number,
      exp_month: Number.parseInt(month, 10),
      exp_year: Number.parseInt(year, 10),
      ...(card.cvv === undefined ? {} : { cvc: card.cvv }),
    },
    billing_details: { name: card.holder, ...(payer.email ? { email: payer.email } : {}), ...addressOf(payer) },
  };
}

function addressOf({ address: it }: Payer): Pick<Stripe.PaymentMethodCreateParams.BillingDetails, 'address'> {
  if (!it) return {};
  const lines = {
    line1: [it.street, it.number].filter(Boolean).join(', '),
    line2: [it.complement, it.neighborhood].filter(Boolean).join(', '),
    city: it.city,
    state: it.state,
    postal_code: it.zipCode,
    country: /^[A-Z]{2}$/.test(it.country ?? '') ? it.country : undefined,
  };
  return { address: Object.fromEntries(Object.entries(lines).filter(([, value]) => value)) };
}

/** The form of `POST /v1/payment_intents`, confirmed in the same call. Without a way back nobody can be asked. */
export function intentForm(key: string, method: string, input: CardInput): Stripe.PaymentIntentCreateParams {
  const suffix = suffixOf(input.softDescriptor);
  return {
    amount: toJson(input.amount),
    currency: input.currency.toLowerCase(),
    payment_method: method,
    allowed_payment_method_types: ['card'],
    capture_method: input.capture ? 'automatic' : 'manual',
    confirm: true,
    metadata: { attempt: key },
    expand: ['latest_charge'],
    ...(input.returnUrl === undefined ? { error_on_requires_action: true } : { return_url: input.returnUrl }),
    ...(suffix === undefined ? {} : { statement_descriptor_suffix: suffix }),
  };
}

/** Stripe takes 22 characters, one of them a letter, and none of these. */
function suffixOf(descriptor = ''): string | undefined {
  const suffix = descriptor
    .replaceAll(/[<>\\'"*]/g, '')
    .trim()
    .slice(0, 22);
  return /[A-Za-z]/.test(suffix) ? suffix : undefined;
}

/** The form of a capture: once, and what is left of the hold is let go. */
export const captureForm = (key: string, { amount }: Part): Stripe.PaymentIntentCaptureParams => ({
  amount_to_capture: toJson(amount),
  metadata: { capture: key },
});

export const refundForm = (key: string, { ref, amount }: Part): Stripe.RefundCreateParams => ({
  payment_intent: ref,
  amount: toJson(amount),
  metadata: { attempt: key },
});

/** What we are told of: decisions on intents and refunds, and what disputes move. */
export const events: readonly Stripe.WebhookEndpointCreateParams.EnabledEvent[] = [
  'payment_intent.succeeded',
  'payment_intent.amount_capturable_updated',
  'payment_intent.payment_failed',
  'payment_intent.canceled',
  'refund.updated',
  'refund.failed',
  'charge.dispute.created',
  'charge.dispute.closed',
  'charge.dispute.funds_withdrawn',
  'charge.dispute.funds_reinstated',
];
/** How an endpoint of ours is known again. */
export const maker = 'trilho';
export const endpointForm = (url: string): Stripe.WebhookEndpointCreateParams => ({
  url,
  enabled_events: [...events],
  api_version: Stripe.API_VERSION,
  metadata: { maker },
});
