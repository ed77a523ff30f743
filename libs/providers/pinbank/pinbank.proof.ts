import type { Acts } from '@libs/providers/contract/acts.js';
import type { Proof } from '@libs/providers/contract/proof.js';
import { proofMs } from '@libs/providers/settings.js';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
type Proofs<K extends keyof Acts> = { readonly [A in keyof Acts[K]]: Proof };
const human: Proof = { by: 'human' };

/** What proves that an act never happened: evidence.md's rows, with the windows configured at this moment. */
export const pixProof = (): Proofs<'pix'> => ({
  create: { by: 'harmless' },
  cancel: { by: 'harmless' },
  refund: { by: 'state', afterMs: proofMs('PINBANK_PIX_REFUND', 24 * hourMs) },
});
export const slipProof = (): Proofs<'bankslip'> => ({
  create: { by: 'key', afterMs: proofMs('PINBANK_BANKSLIP_CREATE', hourMs) },
  cancel: { by: 'state', afterMs: proofMs('PINBANK_BANKSLIP_CANCEL', 24 * hourMs) },
});
/** A refusal and a failure look alike there, and no reference of ours comes back. */
export const cardsProof = (): Proofs<'cards'> => ({ authorize: human, capture: human, void: human, refund: human });
