import type { Wire } from './room.js';

/** What the provider's pages leave open, or contradict each other about: changed here, and nowhere else. */
export const wire: Wire = {
  apiVersion: '2026-10-28.endive',
  oldMethodTypes: false,
  rawCards: true,
  keepsFailures: true,
  keyHours: 24,
  least: 50n,
  most: 99_999_999n,
  holdDays: 7,
  releasedIsRefunded: true,
  methodsOnce: true,
  unknownBrands: 'accepted',
  plainCallbacks: true,
  mostEndpoints: 16,
  feeBps: 399n,
  feeFixed: 39n,
  disputeFee: 5500n,
  refundDelayMs: 150,
  disputeDelayMs: 150,
  searchLagSeconds: 60,
  holdMs: 60_000,
  slowMs: 1000,
  lateMs: 2000,
  callbackTimeoutMs: 60_000,
  callbackTries: 10,
};
