import type { Wire } from './room.js';

/** What the provider's pages leave open, or contradict each other about: changed here, and nowhere else. */
export const wire: Wire = {
  tokenSeconds: 3600,
  invalidClientStatus: 401,
  missingStatus: 400,
  webhookStatus: 201,
  webhookBody: 'url',
  withLocCreation: true,
  calendarRequired: true,
  plainCallbacks: true,
  blockedDocuments: [],
  refundDays: 90,
  refundDelayMs: 150,
  holdMs: 60_000,
  slowMs: 1000,
  lateMs: 2000,
  callbackTimeoutMs: 60_000,
  callbackTries: 10,
};
