import { now } from '@libs/kernel/clock.js';
import type { Answer } from '@apps/sandbox/transport.js';
import { Refusal } from '@apps/sandbox/front.js';
import { keep } from './issued.js';
import { type Issued, type PixCode, issuedTable } from './issued.rows.js';
import { type Room, refusal } from './room.js';
import { news } from './tell.js';

const dayMs = 86_400_000;

/** A void of a code removes it before it is paid, and gives its money back after. */
export const voidingOf = (issued: Issued): 'pix.cancel' | 'pix.refund' | 'bankslip.cancel' => {
  if (issued.type === 'Boleto') return 'bankslip.cancel';
  return issued.paidAt ? 'pix.refund' : 'pix.cancel';
};

const answer = (code: PixCode, reason: number, words: string): Answer => ({
  status: 200,
  body: {
    Status: code.status,
    ReasonCode: reason,
    ReasonMessage: words,
    ReturnCode: '0',
    ReturnMessage: words,
    ProofOfSale: code.proofOfSale,
  },
});

/** What was accepted, a little later. A payer may have been faster than a removal. */
export function finishLater(room: Room, { id, under }: PixCode): void {
  if (!under) return;
  room.after(room.wire.settleMs, () => {
    const code = room.world.of(issuedTable).get(id);
    if (code?.type !== 'Pix' || code.under !== under) return;
    const { under: _over, ...rest } = code;
    if (under === 'removal') {
      const next: PixCode = { ...rest, status: 10 };
      keep(room, next, [room.effect('pix.cancel', id, id, code.amount)], news(room, 'pix.cancel', next, 'status'));
    } else giveBack(room, rest);
  });
}

function giveBack(room: Room, code: PixCode): void {
  const act = 'pix.refund';
  if (room.faults.take(act, ['refund_fails'], code.id)) {
    const next: PixCode = { ...code, status: 2 };
    keep(room, next, [], news(room, act, next, 'denied'));
    return;
  }
  const reversed = room.faults.take(act, ['refund_fails_after_success'], code.id);
  const next: PixCode = {
    ...code,
    status: 11,
    ...(reversed && { reverseMs: reversed.delayMs ?? room.wire.settleMs }),
  };
  keep(room, next, [room.effect(act, code.id, code.id, code.amount)], news(room, act, next, 'status'));
  returnLater(room, next);
}

/** A refund that was done and is denied after all: the money is where it was, and it was no effect. */
export function returnLater(room: Room, { id, reverseMs }: PixCode): void {
  if (reverseMs === undefined) return;
  room.after(reverseMs, () => {
    const code = room.world.of(issuedTable).get(id);
    if (code?.type !== 'Pix' || code.reverseMs === undefined) return;
    const { reverseMs: _spent, ...rest } = code;
    const next: PixCode = { ...rest, status: 2 };
    keep(room, next, [room.undone('pix.refund', id)], news(room, 'pix.refund', next, 'denied'));
  });
}

function remove(room: Room, code: PixCode): Answer {
  // The older contract has no word for it.
  if (!code.provider || code.status !== 12 || code.under) throw refusal(309);
  const next = keep<PixCode>(room, { ...code, under: 'removal' }, []);
  finishLater(room, next);
  return answer(next, 8, 'Scheduled');
}

/** `PUT /1/sales/{PaymentId}/void` of a code or a slip; of a code the whole only, of a slip never. */
export function voidIssued(room: Room, issued: Issued, amount: bigint | undefined): Answer {
  if (issued.type === 'Boleto') throw refusal(309);
  if (!issued.paidAt) return remove(room, issued);
  if (issued.status !== 2) throw refusal(309);
  if (amount !== undefined && amount !== issued.amount) throw refusal(312);
  if (now().getTime() - Date.parse(issued.paidAt) > room.wire.pixRefundDays * dayMs)
    throw new Refusal(422, [{ Code: 'BP904', Message: 'Error on pix service integration for moneyback' }]);
  const next = keep<PixCode>(room, { ...issued, status: 12, under: 'refund' }, []);
  finishLater(room, next);
  return answer(next, 0, 'Successful');
}
