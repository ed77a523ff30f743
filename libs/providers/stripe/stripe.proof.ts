import type { Acts } from '@libs/providers/contract/acts.js';
import type { Proof } from '@libs/providers/contract/proof.js';
import { proofMs } from '@libs/providers/settings.js';

const tenMinutesMs = 600_000;

/** What proves that an act never happened: evidence.md's rows, with the windows configured at this moment. */
export const cardProof = (): { readonly [A in keyof Acts['cards']]: Proof } => ({
  authorize: { by: 'key', afterMs: proofMs('STRIPE_CARDS_AUTHORIZE', tenMinutesMs) },
  capture: { by: 'state', afterMs: proofMs('STRIPE_CARDS_CAPTURE', tenMinutesMs) },
  void: { by: 'state', afterMs: proofMs('STRIPE_CARDS_VOID', tenMinutesMs) },
  refund: { by: 'key', afterMs: proofMs('STRIPE_CARDS_REFUND', tenMinutesMs) },
});
