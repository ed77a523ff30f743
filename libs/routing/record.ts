import { type Em, tx } from '@libs/kernel/transaction.js';
import type { Queue } from '@libs/kernel/queue.js';
import type { Ledger } from '@libs/ledger/ledger.service.js';
import type { Outbox } from '@libs/outbox/outbox.service.js';
import type { About, Moved } from '@libs/providers/contract/moved.js';
import type { AttemptView } from './attempt.entity.js';
import type { Attempts } from './attempts.js';
import type { Movement } from './movement.entity.js';
import type { Movements } from './movements.js';
import type { Effects, Owned, Owners } from './owners.js';
import { outOfSuspense, unowned } from './suspense.js';

export interface Sinks {
  readonly attempts: Attempts;
  readonly owners: Owners;
  readonly movements: Movements;
  readonly ledger: Ledger;
  readonly outbox: Outbox;
  readonly queue: Queue;
}
/** Whose money is, and at which account of a shared one it is kept. */
interface Found extends Owned {
  readonly attempt?: AttemptView;
}

/** The other way in: money that moved without a call of ours. */
export function record(em: Em, to: Sinks, credential: string, moved: Moved): Promise<void> {
  return tx(em, async (inner) => {
    const mode = await to.movements.modeOf(inner, credential);
    await apply(inner, to, mode, [await take(inner, to, credential, moved)]);
  });
}

/** Money that nothing of ours explains, whatever it names: for a human, who says whose it is. */
export function suspend(em: Em, to: Sinks, credential: string, moved: Moved): Promise<void> {
  return tx(em, async (inner) => {
    const movement = await to.movements.insert(inner, await to.movements.keeperOf(inner, credential), moved);
    if (movement) await apply(inner, to, movement.mode, [{ entries: [unowned(movement)] }]);
  });
}

/** A human says whose it is that waits in suspense. False: it does not wait there any more. */
export function adopt(em: Em, to: Sinks, row: string, owner: Owned): Promise<boolean> {
  return tx(em, async (inner) => {
    const movement = await to.movements.lock(inner, row);
    if (movement.state !== 'suspense' || movement.ownerId) return false;
    await apply(inner, to, movement.mode, [await owned(inner, to, movement, owner)]);
    return true;
  });
}

/** What a movement comes to, once: a repeat is nothing, and what had been put into suspense leaves it. */
export async function take(em: Em, to: Sinks, credential: string, moved: Moved): Promise<Effects> {
  const found = await named(em, to, credential, moved.about);
  if (moved.kind === 'received' && found?.attempt?.receipt === moved.id) return {}; // the payment that counts already
  if (found?.attempt && isTwin(found.attempt, moved)) {
    await to.attempts.twin(em, found.attempt, moved.about.ref!);
    return {};
  }
  const waiting = found && (await to.movements.waiting(em, credential, moved));
  if (waiting === 'repeat') return {};
  if (found && waiting) return owned(em, to, waiting, found);
  const at = found?.credential ?? (await to.movements.keeperOf(em, credential));
  const movement = await to.movements.insert(em, at, moved, found);
  if (movement === undefined) return {};
  if (!found) return { entries: [unowned(movement)] };
  return to.owners.of(found.kind).moved(em, found.id, movement, found.attempt);
}

/** What the owner makes of money that was in suspense. What he has no place for yet stays there, as his. */
async function owned(em: Em, to: Sinks, movement: Movement, { kind, id, attempt }: Found): Promise<Effects> {
  movement.state = 'matched';
  movement.ownerKind = kind;
  movement.ownerId = id;
  movement.attemptId = attempt?.id ?? null;
  const { entries = [], ...rest } = await to.owners.of(kind).moved(em, id, movement, attempt);
  if (entries.length > 0) return { entries: outOfSuspense(movement, entries), ...rest };
  movement.state = 'suspense';
  movement.attemptId = null;
  return rest;
}

/** Whose it is: the attempt that it names, locked, else a row of an owner that has no attempts. */
async function named(em: Em, to: Sinks, credential: string, about: About): Promise<Found | undefined> {
  const id = await to.movements.attemptOf(em, credential, about);
  if (id === undefined) return to.owners.named(em, await to.movements.accountOf(em, credential), about);
  const { attempt } = await to.attempts.lock(em, id);
  return { kind: attempt.ownerKind, id: attempt.ownerId, credential: attempt.credentialId, attempt };
}

/** A second payment under our key which the provider gave a name of its own: to be given back under that name. */
const isTwin = ({ key, ref }: AttemptView, { kind, about }: Moved): boolean =>
  kind === 'received' && about.key === key && !!ref && about.ref !== undefined && about.ref !== ref;

/** Entries, events and jobs of a fact, in its own transaction. */
export async function apply(em: Em, to: Sinks, mode: 'test' | 'live', effects: readonly Effects[]): Promise<void> {
  await em.flush();
  const entries = effects.flatMap((it) => it.entries ?? []);
  const events = effects.flatMap((it) => it.events ?? []);
  const jobs = effects.flatMap((it) => it.jobs ?? []);
  if (entries.length > 0) await to.ledger.post(em, mode, entries);
  if (events.length > 0) await to.outbox.append(em, events);
  if (jobs.length > 0) await to.queue.add(em, jobs);
}
