import { announce } from '@libs/charges/announce.js';
import { ChargeOwner } from '@libs/charges/owner.js';
import { releaseOf } from '@libs/charges/release.job.js';
import { sold } from '@libs/charges/settle.js';
import { long, uuid } from '@libs/kernel/ids.js';
import type { Row } from '@libs/kernel/rows.js';
import type { Em } from '@libs/kernel/transaction.js';
import type { About } from '@libs/providers/contract/moved.js';
import type { AttemptView } from '@libs/routing/attempt.entity.js';
import type { Movement } from '@libs/routing/movement.entity.js';
import type { Effects } from '@libs/routing/owners.js';
import { Pix, type TermsRow } from './pix.entity.js';
import { pixMethod } from './pix.method.js';

/** What news means to a Pix; to a static one, whose id is its txid, all of it is money that came by itself. */
export class PixOwner extends ChargeOwner {
  constructor() {
    super(pixMethod);
  }

  /** The payment that is known already by its own id, else the static code that a txid names. */
  async named(
    em: Em,
    account: readonly string[],
    { key, ref, receipt }: About,
  ): Promise<{ readonly id: string; readonly credential: string } | undefined> {
    const [one, two] = [key, ref].map((it) => long(it ?? '') ?? null);
    const [row] = await em.execute<{ id: string; credential: string }[]>(
      `select id, credential from (
         select charge.id, movement.credential_id as credential, 0 as rank
           from movement join charge on charge.movement_id = movement.row_id
           where movement.credential_id in (?) and movement.kind = 'received' and movement.id = ?
         union all
         select id, credential_id, 1 from charge where id in (?, ?) and credential_id in (?)
       ) it order by rank limit 1`,
      [account, receipt ?? null, one, two, account],
    );
    return row;
  }

  override async moved(em: Em, id: string, movement: Movement, attempt?: AttemptView): Promise<Effects> {
    const code = attempt ? null : await em.findOne(Pix, { id, reusable: true });
    const ours = movement.kind === 'received' && movement.currency === code?.currency;
    if (!code?.terms || !ours) return super.moved(em, id, movement, attempt);
    return this.paid(em, code, code.terms, movement);
  }

  /** One payment of a static code: a charge of its own, whatever the code has been asked for, and still is. */
  private async paid(em: Em, code: Pix, terms: TermsRow, movement: Movement): Promise<Effects> {
    const { rowId, provider, amount, at, id: endToEndId } = movement;
    const { entry, fees } = sold(code, { ...terms, provider, reference: `movement:${rowId}` }, movement);
    const [row] = await em.execute<Row[]>(
      `insert into charge (id, merchant_id, mode, type, status, custom_code, amount, currency, amount_paid, shares,
         fees, metadata, late, provider, paid_at, captured_at, release_due_at, payment_id, qr_code, instructions,
         end_to_end_id, terms, static_id, movement_id)
       select ?, merchant_id, mode, type, 'paid', custom_code, amount, currency, ?, shares,
         ?::jsonb, metadata, status <> 'pending', provider, ?::timestamptz, ?::timestamptz, ?::timestamptz, payment_id,
         qr_code, instructions, ?, terms, id, ?
       from charge where id = ? returning *`,
      [
        uuid(),
        amount,
        JSON.stringify(fees),
        at.toISOString(),
        at.toISOString(),
        releaseOf(terms)?.toISOString() ?? null,
        endToEndId,
        rowId,
        code.id,
      ],
    );
    const charge = em.map(Pix, { ...row });
    movement.ownerId = charge.id;
    const extra = amount === charge.amount ? {} : { differs: true };
    return {
      entries: [entry],
      events: [await announce(em, charge, this.method, this.method.money, { refunds: [], extra })],
    };
  }
}
