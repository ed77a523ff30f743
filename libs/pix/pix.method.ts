import type { Charge } from '@libs/charges/charges.entity.js';
import type { Method } from '@libs/charges/methods.js';
import { short } from '@libs/kernel/ids.js';
import type { PixData } from '@libs/providers/contract/inputs.js';
import type { Pix } from './pix.entity.js';

function pixOf(charge: Charge): Pix {
  if (charge.type !== 'pix') throw new Error(`${charge.id} is not a Pix`);
  return charge as Pix;
}

/** How long after its end money for a code that nobody could close is waited for. */
const lateMs = 24 * 60 * 60 * 1_000;

/** What Pix adds to a charge. */
export const pixMethod: Method = {
  type: 'pix',
  missing: 'Pix não encontrado.',
  money: 'pix',
  change: 'pixUpdate',
  refunds: 'pix.refund',
  cancels: 'pix.cancel',
  name: (charge) => (pixOf(charge).reusable ? short(charge.id) : charge.id),
  decision: (charge) => pixOf(charge).terms?.decision,
  fill(charge, data) {
    const pix = pixOf(charge);
    const { txid, qrCode, endToEndId } = data as Partial<PixData>;
    if (!pix.qrCode) pix.paymentId = txid ?? pix.paymentId ?? null; // a second lane has a key of its own
    pix.qrCode ??= qrCode ? qrCode : null;
    pix.endToEndId ??= endToEndId ?? null;
  },
  lingers: ({ expiresAt }) => (expiresAt ? new Date(expiresAt.getTime() + lateMs) : undefined),
  view(charge) {
    const { qrCode, expireSeconds, expiresAt, id, staticId } = pixOf(charge);
    return {
      qrCode: qrCode ?? null,
      expire: expireSeconds ?? null,
      expiresAt: expiresAt?.toISOString() ?? null,
      gatewayId: short(id),
      staticId: staticId ? short(staticId) : null,
    };
  },
  metadata(charge) {
    const { paymentId, qrCode, endToEndId } = pixOf(charge);
    return { paymentId, nsu: paymentId, qrCode, endToEndId }; // the source's nsu is its paymentId
  },
};
