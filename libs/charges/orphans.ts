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
import { nearby, ofAccount } from '@libs/routing/movements.js';
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

/**
 * Has money of an attempt that no provider gives back stand among the movements that wait for a human; its row. It is
 * in suspense by the attempt's own entry, or since a statement has told of it.
 */
export async function shelved(em: Em, attempt: AttemptView, { receipt, ref, ...news }: Done): Promise<string> {
  const { id, ownerKind, ownerId, credentialId, provider, mode } = attempt;
  const again = `update movement set state = 'suspense'
    where attempt_id = ? and kind = 'received' and state = 'matched' returning row_id`;
  const [known] = await em.execute<{ row_id: string }[]>(again, [id]);
  if (known) return known.row_id;
  const { amount, currency, at } = news;
  const about = JSON.stringify({ ref, receipt });
  const [row] = await em.execute<{ row_id: string }[]>(
    `insert into movement (row_id, credential_id, provider, mode, kind, id, about, amount, currency, at, attempt_id,
       owner_kind, owner_id, state)
     values (?, ?, ?, ?, 'received', ?, ?::jsonb, ?, ?, ?::timestamptz, ?, ?, ?, 'suspense')
     on conflict (credential_id, kind, id) do update set state = 'suspense' returning row_id`,
    [
      uuid(),
      credentialId,
      provider,
      mode,
      receipt ?? ref,
      about,
      amount,
      currency,
      at.toISOString(),
      id,
      ownerKind,
      ownerId,
    ],
  );
  return row!.row_id;
}

/**
 * Money that was seen before its owner was known lies in suspense; then that is where its entry meets it. By its own
 * name; else what a human has said to be this owner's; else what a statement's line without a name has told of: of the
 * same amount and time, and the nearest of several, for with any of them the books are right.
 */
export async function fromSuspense(
  em: Em,
  { id, ownerKind, ownerId, credentialId, provider }: AttemptView,
  seen: Pick<Done, 'receipt' | 'amount' | 'currency' | 'at'>,
  kind: 'received' | 'taken' = 'received',
): Promise<string | undefined> {
  const { receipt = null, amount, currency } = seen;
  const at = seen.at.toISOString();
  const free = `credential_id in (select id from account) and kind = ? and state = 'suspense' and attempt_id is null
    and (owner_id is null or owner_id = ?)`;
  // Nearly always there is none: so much is told by a look that costs less than the choice.
  const any = `select 1 from movement where state = 'suspense' and provider = ? and kind = ?
    and (id = ? or about = '{}' and amount = ?) limit 1`;
  if ((await em.execute<unknown[]>(any, [provider, kind, receipt, amount])).length === 0) return undefined;
  const rows = await em.execute<unknown[]>(
    `with account as materialized ${ofAccount}
     update movement set state = 'matched', attempt_id = ?, owner_kind = ?, owner_id = ?
     where state = 'suspense' and row_id = (
       select row_id from (
         select row_id, 0 as rank from (
           select row_id from movement where ${free} and id = ? limit 1 for update skip locked) named
         union all
         select row_id, 1 from (
           select row_id from movement where ${free} and about = '{}' and amount = ? and currency = ?
             and (owner_id is not null or at between ?::timestamptz - ${nearby} and ?::timestamptz + ${nearby})
           order by owner_id is null, abs(extract(epoch from at - ?::timestamptz)), row_id
           limit 1 for update skip locked) nameless
       ) it order by rank limit 1)
     returning row_id`,
    [credentialId, id, ownerKind, ownerId, kind, ownerId, receipt, kind, ownerId, amount, currency, at, at, at],
  );
  return rows.length > 0 ? providerSuspense(provider) : undefined;
}
