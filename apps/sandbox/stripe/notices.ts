import { type Room, units } from './room.js';
import type { Shape } from './shapes.js';
import type { Dispute, Endpoint, Told } from './tables.js';

const proofs = (
  'access_activity_log billing_address cancellation_policy cancellation_policy_disclosure cancellation_rebuttal ' +
  'customer_communication customer_email_address customer_name customer_purchase_ip customer_signature ' +
  'duplicate_charge_documentation duplicate_charge_explanation duplicate_charge_id product_description receipt ' +
  'refund_policy refund_policy_disclosure refund_refusal_explanation service_date service_documentation ' +
  'shipping_address shipping_carrier shipping_date shipping_documentation shipping_tracking_number ' +
  'uncategorized_file uncategorized_text'
).split(' ');

export const disputeShape = (dispute: Dispute, brand: string): Shape => ({
  id: dispute.id,
  object: 'dispute',
  amount: units(dispute.amount),
  balance_transactions: [],
  charge: dispute.charge,
  created: dispute.created,
  currency: dispute.currency,
  enhanced_eligibility_types: [],
  evidence: { ...Object.fromEntries(proofs.map((name) => [name, null])), enhanced_evidence: {} },
  evidence_details: {
    due_by: dispute.created + 7 * 86_400,
    enhanced_eligibility: {},
    has_evidence: dispute.evidence,
    past_due: false,
    submission_count: dispute.evidence ? 1 : 0,
    submission_method: dispute.evidence ? 'manual' : 'not_submitted',
  },
  intended_submission_method: null,
  is_charge_refundable: dispute.inquiry,
  livemode: false,
  metadata: {},
  payment_intent: dispute.intent,
  payment_method_details: {
    card: { brand, case_type: dispute.inquiry ? 'inquiry' : 'chargeback', network_reason_code: '10.4', network: brand },
    type: 'card',
  },
  reason: dispute.reason,
  status: dispute.status,
});

export const endpointShape = (endpoint: Endpoint): Shape => ({
  id: endpoint.id,
  object: 'webhook_endpoint',
  api_version: endpoint.apiVersion ?? null,
  application: null,
  created: endpoint.created,
  description: endpoint.description ?? null,
  enabled_events: endpoint.events,
  livemode: false,
  metadata: endpoint.metadata,
  status: endpoint.enabled ? 'enabled' : 'disabled',
  url: endpoint.url,
});

export const eventShape = (room: Room, told: Told): Shape => ({
  id: told.id,
  object: 'event',
  api_version: room.wire.apiVersion,
  created: told.created,
  data: { object: told.object },
  livemode: false,
  pending_webhooks: told.pending,
  request: { id: told.request, idempotency_key: told.key },
  type: told.type,
});

/** The customer's own account: whose key this is. */
export const accountShape = ({ account }: Room): Shape => ({
  id: account.id,
  object: 'account',
  business_type: 'company',
  capabilities: { card_payments: 'active', transfers: 'active' },
  charges_enabled: true,
  country: 'BR',
  created: 1_700_000_000,
  default_currency: 'brl',
  details_submitted: true,
  email: 'sandbox@example.test',
  metadata: {},
  payouts_enabled: true,
  type: 'standard',
});
