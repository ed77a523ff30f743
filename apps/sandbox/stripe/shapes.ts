import { conductOf } from './cards.js';
import { type Room, units } from './room.js';
import type { Billing, Charge, Intent, Method, Refund } from './tables.js';

/** The provider's objects, by their members. */
export type Shape = Readonly<Record<string, unknown>>;

export const listShape = (url: string, data: readonly Shape[], more: boolean): Shape => ({
  object: 'list',
  data,
  has_more: more,
  url,
});

function billingShape(billing: Billing): Shape {
  const { address = {}, email = null, name = null, phone = null, tax_id = null } = billing;
  const { city = null, country = null, line1 = null, line2 = null, postal_code = null, state = null } = address;
  return { address: { city, country, line1, line2, postal_code, state }, email, name, phone, tax_id };
}

const checks = (method: Method): Shape => ({
  address_line1_check: null,
  address_postal_code_check: null,
  cvc_check: method.card.withCvc ? (conductOf(method.card).cvcFails ? 'fail' : 'pass') : null,
});

export const methodShape = (method: Method): Shape => ({
  id: method.id,
  object: 'payment_method',
  billing_details: billingShape(method.billing),
  card: {
    brand: method.card.brand,
    checks: checks(method),
    country: method.card.country,
    display_brand: method.card.brand,
    exp_month: method.card.expMonth,
    exp_year: method.card.expYear,
    fingerprint: method.fingerprint,
    funding: method.card.funding,
    generated_from: null,
    last4: method.card.last4,
    networks: { available: [method.card.brand], preferred: null },
    regulated_status: 'unregulated',
    three_d_secure_usage: { supported: true },
    wallet: null,
  },
  created: method.created,
  customer: null,
  customer_account: null,
  livemode: false,
  metadata: method.metadata,
  type: 'card',
});

function actionShape(intent: Intent): Shape | null {
  if (intent.status !== 'requires_action' || !intent.challenge) return null;
  const { url, returnUrl } = intent.challenge;
  if (returnUrl === undefined)
    return { type: 'use_stripe_sdk', use_stripe_sdk: { type: 'three_d_secure_redirect', stripe_js: url } };
  return { type: 'redirect_to_url', redirect_to_url: { return_url: returnUrl, url } };
}

export const intentShape = (intent: Intent): Shape => ({
  id: intent.id,
  object: 'payment_intent',
  allowed_payment_method_types: intent.cardOnly ? ['card'] : null,
  amount: units(intent.amount),
  amount_capturable: units(intent.capturable),
  amount_details: { tip: {} },
  amount_received: units(intent.received),
  application: null,
  application_fee_amount: null,
  automatic_payment_methods: intent.redirects ? { allow_redirects: intent.redirects, enabled: true } : null,
  canceled_at: intent.canceledAt ?? null,
  cancellation_reason: intent.canceledFor ?? null,
  capture_method: intent.captureMethod,
  client_secret: intent.secret,
  confirmation_method: intent.confirmationMethod,
  created: intent.created,
  currency: intent.currency,
  customer: null,
  customer_account: null,
  description: intent.description ?? null,
  excluded_payment_method_types: null,
  last_payment_error: intent.failure ?? null,
  latest_charge: intent.charge ?? null,
  livemode: false,
  managed_payments: null,
  metadata: intent.metadata,
  next_action: actionShape(intent),
  on_behalf_of: null,
  payment_method: intent.method ?? null,
  payment_method_configuration_details: null,
  payment_method_options: {
    card: { installments: null, mandate_options: null, network: null, request_three_d_secure: 'automatic' },
  },
  payment_method_types: ['card'],
  payment_record: null,
  processing: null,
  receipt_email: intent.receiptEmail ?? null,
  review: null,
  setup_future_usage: null,
  shipping: null,
  source: null,
  statement_descriptor: null,
  statement_descriptor_suffix: intent.suffix ?? null,
  status: intent.status,
  transfer_data: null,
  transfer_group: intent.transferGroup ?? null,
});

function outcomeShape({ problem }: Charge): Shape {
  const declined = problem !== undefined;
  return {
    advice_code: declined ? 'try_again_later' : null,
    network_advice_code: null,
    network_decline_code: declined ? '05' : null,
    network_status: declined ? 'declined_by_network' : 'approved_by_network',
    reason: problem?.decline_code ?? null,
    risk_level: 'normal',
    risk_score: 12,
    seller_message: problem?.message ?? 'Payment complete.',
    type: declined ? 'issuer_declined' : 'authorized',
  };
}

function paidBy(room: Room, charge: Charge, method: Method): Shape {
  const { brand, country, expMonth, expYear, funding, last4 } = method.card;
  const held = charge.problem === undefined && !charge.settled;
  return {
    card: {
      amount_authorized: charge.problem ? null : units(charge.amount),
      authorization_code: charge.problem ? null : charge.authorization,
      brand,
      ...(held && { capture_before: charge.created + room.wire.holdDays * 86_400 }),
      checks: checks(method),
      country,
      electronic_commerce_indicator: charge.authenticated ? '05' : null,
      exp_month: expMonth,
      exp_year: expYear,
      fingerprint: method.fingerprint,
      funding,
      installments: null,
      last4,
      mandate: null,
      network: brand,
      network_transaction_id: null,
      regulated_status: 'unregulated',
      three_d_secure: charge.authenticated
        ? {
            authentication_flow: 'challenge',
            electronic_commerce_indicator: '05',
            exemption_indicator: null,
            result: 'authenticated',
            result_reason: null,
            transaction_id: null,
            version: '2.2.0',
          }
        : null,
      transaction_link_id: null,
      wallet: null,
    },
    type: 'card',
  };
}

/** What of a charge is said to be given back: refunds, and what was let go of the hold. */
const givenBack = (room: Room, charge: Charge): bigint =>
  charge.refunded + (room.wire.releasedIsRefunded ? charge.released : 0n);

export const chargeShape = (room: Room, charge: Charge, method: Method): Shape => ({
  id: charge.id,
  object: 'charge',
  amount: units(charge.amount),
  amount_captured: units(charge.captured),
  amount_refunded: units(givenBack(room, charge)),
  application: null,
  application_fee: null,
  application_fee_amount: null,
  balance_transaction: null,
  billing_details: billingShape(method.billing),
  calculated_statement_descriptor: charge.suffix ?? null,
  captured: charge.captured > 0n,
  created: charge.created,
  currency: charge.currency,
  customer: null,
  description: charge.description ?? null,
  disputed: charge.disputed,
  failure_balance_transaction: null,
  failure_code: charge.problem?.code ?? null,
  failure_message: charge.problem?.message ?? null,
  fraud_details: {},
  livemode: false,
  metadata: charge.metadata,
  on_behalf_of: null,
  outcome: outcomeShape(charge),
  paid: charge.problem === undefined,
  payment_intent: charge.intent,
  payment_method: charge.method,
  payment_method_details: paidBy(room, charge, method),
  receipt_email: charge.receiptEmail ?? null,
  receipt_number: null,
  receipt_url: null,
  refunded: charge.problem === undefined && givenBack(room, charge) >= charge.amount,
  review: null,
  shipping: null,
  source: null,
  source_transfer: null,
  statement_descriptor: null,
  statement_descriptor_suffix: charge.suffix ?? null,
  status: charge.problem ? 'failed' : 'succeeded',
  transfer_data: null,
  transfer_group: charge.transferGroup ?? null,
});

export const refundShape = (refund: Refund): Shape => ({
  id: refund.id,
  object: 'refund',
  amount: units(refund.amount),
  balance_transaction: null,
  charge: refund.charge,
  created: refund.created,
  currency: refund.currency,
  customer: null,
  customer_account: null,
  destination_details: { card: { reference_status: 'pending', type: 'refund' }, type: 'card' },
  ...(refund.failure !== undefined && { failure_reason: refund.failure }),
  ...(refund.reversal !== undefined && { failure_balance_transaction: refund.reversal }),
  metadata: refund.metadata,
  payment_intent: refund.intent,
  payment_method: null,
  ...(refund.status === 'pending' && { pending_reason: 'processing' }),
  reason: refund.reason ?? null,
  receipt_number: null,
  source_transfer_reversal: null,
  status: refund.status,
  transfer_reversal: null,
});
