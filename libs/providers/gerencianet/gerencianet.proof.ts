import type { Acts } from '@libs/providers/contract/acts.js';
import type { Proof } from '@libs/providers/contract/proof.js';
import { proofMs } from '@libs/providers/settings.js';

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

/** What proves that an act never happened: evidence.md's rows, with the windows configured at this moment. */
export const pixProof = (): { readonly [A in keyof Acts['pix']]: Proof } => ({
  create: { by: 'key', afterMs: proofMs('GERENCIANET_PIX_CREATE', 2 * minuteMs) },
  cancel: { by: 'state', afterMs: proofMs('GERENCIANET_PIX_CANCEL', 2 * minuteMs) },
  refund: { by: 'again', untilMs: proofMs('GERENCIANET_PIX_REFUND', 90 * dayMs) },
});
export const slipsProof = (): { readonly [A in keyof Acts['bankslip']]: Proof } => ({
  create: { by: 'key', afterMs: proofMs('GERENCIANET_BANKSLIP_CREATE', 30 * minuteMs) },
  cancel: { by: 'state', afterMs: proofMs('GERENCIANET_BANKSLIP_CANCEL', 2 * minuteMs) },
});
