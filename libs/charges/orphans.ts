import { uuid } from '@libs/kernel/ids.js';
import type { JobDraft } from '@libs/kernel/queue.js';
import { type Row, shaped } from '@libs/kernel/rows.js';
import type { Em } from '@libs/kernel/transaction.js';
import { providerClearing, providerSuspense } from '@libs/ledger/address.js';
import type { EntryDraft } from '@libs/ledger/sale.js';
import { cents, toJson } from '@libs/money/cents.js';
import type { News } from '@libs/providers/contract/outcome.js';
import { Attempt, type AttemptView, live } from '@libs/routing/attempt.entity.js';
import type { Movement } from '@libs/routing/movement.entity.js';
import type { Charge } from './charges.entity.js';
import { Refund } from './refund.entity.js';

export type Done = Extract<News, { kind: 'done' }>;

/**
 * Gives money back that must not be kept. It has been posted to suspense; the refund takes it from there. `letGo`: it
 * was only held, so that nothing was posted, and is voided.
 */
export async function undo(
  em: Em,
  charge: Charge,
  attempt: AttemptView,
  money: Pick<Movement, 'amount' | 'currency'>,
  movementId?: string,
  letGo = false,
): Promise<JobDraft> {
  const id = uuid();
  const suspense = [{ address: providerSuspense(attempt.provider), amount: toJson(money.amount), claim: false }];
  const held = letGo ? [] : suspense;
  await em.insert(Refund, {
    id,
    chargeId: charge.id,
    merchantId: charge.merchantId,
    mode: charge.mode,
    attemptId: attempt.id,
    movementId: movementId ?? null,
    kind: 'undo',
    amount: money.amount,
    currency: money.currency,
    status: 'pending',
    held,
  });
  return { name: 'charges.undo', payload: { refund: id } };
}

export const otherLive = async (em: Em, { id, ownerId, operation }: AttemptView): Promise<boolean> =>
  (await em.count(Attempt, { ownerId, operation, state: { $in: live }, id: { $ne: id } })) > 0;

/** The attempt whose instrument a cancel has closed. */
export async function closedBy(em: Em, { ownerId, credentialId, parent }: AttemptView): Promise<string | undefined> {
  if (!parent) return undefined;
  const [row] = await em.execute<{ id: string }[]>(
    `select id from attempt where owner_id = ? and credential_id = ? and ? in (ref, key)
       and operation ~ '[.](create|authorize)$' order by twin_of nulls first limit 1`,
    [ownerId, credentialId, parent.ref],
  );
  return row?.id;
}

interface Waiting {
  readonly orphan: Attempt;
  readonly news: Done;
}
/** Money of other attempts that could neither be adopted nor given back while one was live, oldest first. */
export async function waitingOrphans(em: Em, charge: Charge, beside: AttemptView): Promise<readonly Waiting[]> {
  const rows = await em.execute<Row[]>(
    `select attempt.*, (
       select heard from finding where attempt_id = attempt.id and heard ->> 'kind' = 'done' order by id limit 1
     ) as heard
     from attempt where owner_id = ? and operation ~ '[.](create|authorize)$' and state = 'orphan' and id <> ?
       and not exists (select 1 from refund where attempt_id = attempt.id)
     order by created_at`,
    [charge.id, beside.id],
  );
  return shaped(em, Attempt, rows).map((orphan, i) => {
    const { amount, at, data } = rows[i]!['heard'] as { amount: number; at: string; data: unknown };
    const { ref, currency } = orphan;
    const news: Done = { kind: 'done', ref: ref ?? '', at: new Date(at), amount: cents(amount), currency, data };
    return { orphan, news };
  });
}

/** The entry of money that has no place yet; none when it was seen, and posted to suspense, before. */
export async function arrived(em: Em, attempt: AttemptView, news: Done): Promise<readonly EntryDraft[]> {
  if ((await fromSuspense(em, attempt, news)) !== undefined) return [];
  const [from, to] = [providerClearing(attempt.provider), providerSuspense(attempt.provider)];
  const { amount, currency } = news;
  return [{ reference: `orphan:${attempt.id}`, postings: [{ from, to, amount, currency }] }];
}

/** Money that was seen before its owner was known lies in suspense; then that is where the sale takes it from. */
export async function fromSuspense(em: Em, attempt: AttemptView, news: Done): Promise<string | undefined> {
  if (news.receipt === undefined) return undefined;
  const rows = await em.execute<unknown[]>(
    `update movement set state = 'matched', attempt_id = ?, owner_kind = ?, owner_id = ?
     where credential_id = ? and kind = 'received' and id = ? and state = 'suspense' returning row_id`,
    [attempt.id, attempt.ownerKind, attempt.ownerId, attempt.credentialId, news.receipt],
  );
  return rows.length > 0 ? providerSuspense(attempt.provider) : undefined;
}
