import type { Conduct } from './cards.js';
import { open } from './disputes.js';
import { refundByHand } from './refunds.js';
import { live, release } from './releases.js';
import type { Room } from './room.js';
import { type Charge, type Fate, charges, fates } from './tables.js';
import { Turn } from './turn.js';

const acts = ['cards.authorize', 'cards.capture', 'cards.void', 'cards.refund'];

/**
 * What will befall a charge by itself: a dispute once it is captured, by its card or by a fault; or somebody at the
 * provider's own pages, who lets go of a hold or gives half of a payment back.
 */
export function foretell(turn: Turn, charge: Charge, conduct: Conduct): void {
  const { faults, wire } = turn.room;
  const bring = (what: Fate['what'], reason: string, afterMs: number): void => {
    const fate = turn.put(fates, { id: `${what}/${charge.id}`, charge: charge.id, what, reason, afterMs });
    turn.afterwards(() => fulfilLater(turn.room, fate));
  };
  const portal = faults.take(acts, ['portal_void'], charge.intent);
  if (portal) bring('portal', '', portal.delayMs ?? wire.disputeDelayMs);
  if (charge.captured === 0n) return;
  const fault = faults.take(acts, ['chargeback'], charge.intent);
  const reason = fault ? 'fraudulent' : conduct.dispute;
  if (reason !== undefined) bring('dispute', reason, fault?.delayMs ?? wire.disputeDelayMs);
}

/** Lets it happen, some time after it was foretold. */
export function fulfilLater(room: Room, { id, afterMs }: Fate): void {
  room.after(afterMs, () => {
    const turn = new Turn(room);
    const fate = turn.find(fates, id);
    const charge = turn.find(charges, fate?.charge ?? '');
    if (!fate || !charge) return;
    if (fate.what === 'dispute') open(turn, charge, fate.reason);
    else {
      const intent = live(turn, charge.intent);
      if (intent?.status === 'requires_capture') release(turn, intent, undefined, '');
      else refundByHand(turn, charge);
    }
    turn.commit(fates.drop(id));
  });
}
