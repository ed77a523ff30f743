import type { Acts } from '@libs/providers/contract/acts.js';
import type { Proof } from '@libs/providers/contract/proof.js';
import { proofMs } from '@libs/providers/settings.js';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
/** Queries reach back three months; past this a 404 says nothing any more. */
const forgetsMs = 80 * 24 * hourMs;

/** What proves that an act never happened: evidence.md's rows, with the windows configured at this moment. */
export const cardsProof = (): { readonly [A in keyof Acts['cards']]: Proof } => ({
  authorize: { by: 'key', afterMs: proofMs('CIELO_CARDS_AUTHORIZE', 35 * minuteMs), forgetsMs },
  capture: { by: 'state', afterMs: proofMs('CIELO_CARDS_CAPTURE', 10 * minuteMs), forgetsMs },
  void: { by: 'state', afterMs: proofMs('CIELO_CARDS_VOID', 10 * minuteMs), forgetsMs },
  refund: { by: 'state', afterMs: proofMs('CIELO_CARDS_REFUND', 24 * hourMs), forgetsMs },
});
export const pixProof = (): { readonly [A in keyof Acts['pix']]: Proof } => ({
  create: { by: 'key', afterMs: proofMs('CIELO_PIX_CREATE', 35 * minuteMs), forgetsMs },
  cancel: { by: 'state', afterMs: proofMs('CIELO_PIX_CANCEL', 10 * minuteMs), forgetsMs },
  refund: { by: 'state', afterMs: proofMs('CIELO_PIX_REFUND', 24 * hourMs), forgetsMs },
});
export const slipsProof = (): { readonly [A in keyof Acts['bankslip']]: Proof } => ({
  create: { by: 'key', afterMs: proofMs('CIELO_BANKSLIP_CREATE', 35 * minuteMs), forgetsMs },
  cancel: { by: 'harmless' }, // never sent
});
