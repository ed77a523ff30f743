import type { Em } from '@libs/kernel/transaction.js';
import { tx } from '@libs/kernel/transaction.js';
import { point } from '@libs/kernel/point.js';
import type { Queue } from '@libs/kernel/queue.js';
import type { Ledger } from '@libs/ledger/ledger.service.js';
import type { Outbox } from '@libs/outbox/outbox.service.js';
import type { About, Moved } from '@libs/providers/contract/moved.js';
import type { DeclineCode, News } from '@libs/providers/contract/outcome.js';
import { type Attempt, attempts, type AttemptView, live } from './attempt.entity.js';
import type { Attempts, Opened, Timing, Wanted, Way, Witness } from './attempts.js';
import { askAt } from './asking.js';
import type { Movements } from './movements.js';
import type { Effects, Owners, Source } from './owners.js';
import { weigh } from './weigh.js';

export interface Sinks {
  readonly attempts: Attempts;
  readonly owners: Owners;
  readonly movements: Movements;
  readonly ledger: Ledger;
  readonly outbox: Outbox;
  readonly queue: Queue;
}
/** The lane to go on with when the recorded state allows it. */
export interface Next {
  readonly way: Way;
  readonly wanted: Wanted;
}
export interface Step {
  readonly view: AttemptView;
  readonly next?: Opened;
}
/**
 * The one way in for what became of a call. Any order and any repetition ends in the same state; nothing is refused.
 */
export async function settle(
  em: Em,
  to: Sinks,
  id: string,
  news: News,
  from: Source,
  next?: Next,
  witness?: Witness,
): Promise<Step> {
  point('settle.before', from);
  const step = await tx(em, async (inner) => {
    const { attempt, timing } = await to.attempts.lock(inner, id);
    const owner = to.owners.of(attempt.ownerKind);
    const heard = weigh(attempt, news, from, timing);
    const state = attempts.next(attempt.state, heard.kind);
    const moves = state !== undefined && state !== attempt.state;
    // That we close an instrument is no word against money which the provider has seen.
    const contradiction = !moves && from !== 'clock' && contradicts(attempt, heard);
    const late = news.kind === 'absent' && countsAsLate(attempt, timing);
    const why = mustPark(attempt, news, heard, timing, contradiction);
    if (why !== undefined) park(attempt, timing, why);
    const beside = shown(attempt, heard);
    note(attempt, heard, moves || live.includes(attempt.state));
    if (late) attempt.absentAt ??= timing.at;
    if (moves) {
      attempt.state = state;
      attempt.unsent = heard.kind === 'unsent';
    }
    schedule(attempt, heard, timing);
    await to.attempts.save(inner, attempt, { news, heard, from, late, contradiction, witness });
    for (const ref of twinsIn(heard)) await to.attempts.twin(inner, attempt, ref);
    if (moves && next && from === 'call' && mayReroute(heard, attempt.reroute)) {
      if (await owner.wants(inner, attempt.ownerId)) {
        return { view: attempt, next: await to.attempts.open(inner, next.wanted, next.way) };
      }
    }
    const tell = !moves ? 'learn' : state === 'orphan' ? 'orphan' : 'settle';
    const effects = [await owner[tell](inner, attempt, heard, from)];
    for (const moved of beside) effects.push(await take(inner, to, attempt.credentialId, moved));
    await apply(inner, to, attempt.mode, effects);
    return { view: attempt };
  });
  point('settle.after', from);
  return step;
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
    const movement = await to.movements.insert(inner, credential, moved);
    if (movement) await apply(inner, to, movement.mode, [{ entries: [to.movements.unowned(movement)] }]);
  });
}

async function take(em: Em, to: Sinks, credential: string, moved: Moved): Promise<Effects> {
  const found = await named(em, to, credential, moved.about);
  if (moved.kind === 'received' && found?.attempt?.receipt === moved.id) return {}; // the payment that counts already
  if (found?.attempt && isTwin(found.attempt, moved)) {
    await to.attempts.twin(em, found.attempt, moved.about.ref!);
    return {};
  }
  const movement = await to.movements.insert(em, credential, moved, found);
  if (movement === undefined) return {}; // a repeat
  if (!found) return { entries: [to.movements.unowned(movement)] };
  return to.owners.of(found.kind).moved(em, found.id, movement, found.attempt);
}

/** Whose it is: the attempt that it names, locked, else a row of an owner that has no attempts. */
export async function named(
  em: Em,
  to: Sinks,
  credential: string,
  about: About,
): Promise<{ readonly kind: string; readonly id: string; readonly attempt?: AttemptView } | undefined> {
  const id = await to.movements.attemptOf(em, credential, about);
  if (id !== undefined) {
    const { attempt } = await to.attempts.lock(em, id);
    return { kind: attempt.ownerKind, id: attempt.ownerId, attempt };
  }
  return to.owners.named(em, credential, about);
}

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

/** What an answer shows beside the act: its own `moved`, and a second payment under another receipt. */
function shown(attempt: AttemptView, heard: News): readonly Moved[] {
  if (heard.kind !== 'done') return [];
  const { receipt, ref, amount, currency, at, moved = [] } = heard;
  if (receipt === undefined || !attempt.receipt || receipt === attempt.receipt) {
    return moved.filter((it) => it.kind !== 'received' || it.id !== attempt.receipt);
  }
  const second: Moved = { kind: 'received', id: receipt, about: { ref, receipt }, amount, currency, at };
  return [second, ...moved.filter((it) => it.kind !== 'received' || it.id !== attempt.receipt)];
}

const twinsIn = (heard: News): readonly string[] => ('twins' in heard && heard.twins) || [];

/** A second payment under our key which the provider gave a name of its own: to be given back under that name. */
const isTwin = ({ key, ref }: AttemptView, { kind, about }: Moved): boolean =>
  kind === 'received' && about.key === key && !!ref && about.ref !== undefined && about.ref !== ref;

/** Fills what the attempt does not know yet; `tells`: what is heard is its last word so far. */
function note(attempt: Attempt, heard: News, tells: boolean): void {
  if ('ref' in heard && heard.ref !== undefined) attempt.ref ??= heard.ref;
  if (heard.kind === 'done' && heard.receipt !== undefined) attempt.receipt ??= heard.receipt;
  if (!tells) return;
  if ('message' in heard) attempt.message = heard.message.slice(0, 500);
  if (heard.kind === 'declined') {
    attempt.code = heard.code;
    attempt.returnCode = heard.returnCode ?? null;
  } else if (heard.kind === 'unsent' || heard.kind === 'unknown') {
    if (attempt.state === 'sent' || attempt.state === 'unknown') attempt.code = heard.why;
  }
  if (heard.kind === 'done' || heard.kind === 'pending') attempt.code = null;
}

/**
 * Late or repeated news is normal. Only a final word against what is on record is a contradiction, and another
 * reference.
 */
export function contradicts(attempt: Pick<AttemptView, 'state' | 'ref'>, news: News): boolean {
  if ('ref' in news && news.ref !== undefined && attempt.ref && news.ref !== attempt.ref) return true;
  switch (news.kind) {
    case 'done':
      return attempt.state !== 'succeeded' && attempt.state !== 'orphan';
    case 'declined':
      return attempt.state !== 'declined';
    case 'unsent':
    case 'absent':
      return attempt.state !== 'failed';
    case 'pending': // an instrument lives that was given up: cancel it
      return attempt.state === 'failed' || attempt.state === 'declined';
    case 'unknown':
      return false;
  }
}

export function mayReroute(news: News, reroute: readonly DeclineCode[]): boolean {
  switch (news.kind) {
    case 'unsent':
      return true;
    case 'declined':
      return reroute.includes(news.code);
    case 'done':
    case 'pending':
    case 'unknown':
    case 'absent':
      return false;
  }
}

/** How long an outcome is asked after, once an absence would have been believed, before a human is called. */
const dayMs = 86_400_000;

const countsAsLate = ({ proof }: AttemptView, { pastDeadlineMs }: Timing): boolean =>
  (proof.by === 'key' || proof.by === 'state') && pastDeadlineMs >= proof.afterMs;

/** Why a human must look; undefined: nobody need. */
function mustPark(
  attempt: AttemptView,
  news: News,
  heard: News,
  { ageMs, pastDeadlineMs }: Timing,
  contradiction: boolean,
): string | undefined {
  const { proof } = attempt;
  if (news.kind === 'done' && news.currency !== attempt.currency) return 'another currency';
  if (heard.kind === 'unknown' && heard.why === 'duplicate') return 'a duplicate that is not certainly ours';
  if (heard.kind === 'unknown' && heard.why === 'stray' && live.includes(attempt.state))
    return 'nothing of ours did this';
  if (heard.kind === 'unknown' && proof.by === 'human') return 'only a human can prove this act';
  if (news.kind === 'absent' && proof.by === 'again' && ageMs > proof.untilMs) return 'it can no longer be sent again';
  if (heard.kind === 'unknown' && undecided(attempt, heard) && (proof.by === 'key' || proof.by === 'state')) {
    if (news.kind === 'absent' && ageMs > (proof.forgetsMs ?? Infinity)) return 'older than the provider remembers';
    const asked = attempt.state !== 'pending' && pastDeadlineMs > proof.afterMs + dayMs;
    if (asked) return 'a day of questions has told nothing';
  }
  if (contradiction && heard.kind === 'declined' && attempt.state === 'succeeded' && !lapsed(attempt, heard.code)) {
    return 'declined after it succeeded';
  }
  if (contradiction && 'ref' in heard && attempt.ref && heard.ref !== attempt.ref) return 'another reference';
  return undefined;
}

/** A hold may be let go after it has succeeded: its owner decides what that means. */
const lapsed = ({ operation }: AttemptView, code: DeclineCode): boolean =>
  operation.endsWith('.authorize') && (code === 'expired' || code === 'cancelled');

function park(attempt: Attempt, { at }: Timing, why: string): void {
  attempt.parkedAt ??= at;
  attempt.parkedWhy ??= why;
}

/** What the provider has made besides was never ours to wait for, but it must become known. */
const undecided = ({ twinOf, state }: AttemptView, { kind }: News): boolean =>
  live.includes(state) || (!!twinOf && state === 'failed' && (kind === 'unknown' || kind === 'pending'));

function schedule(attempt: Attempt, heard: News, timing: Timing): void {
  if (undecided(attempt, heard)) {
    attempt.askAt = askAt(attempt, heard, timing) ?? null;
    return;
  }
  attempt.askAt = null;
  attempt.settledAt ??= timing.at;
  if (attempt.parkedWhy !== 'declined after it succeeded' && attempt.parkedWhy !== 'another reference') {
    attempt.parkedAt = null;
    attempt.parkedWhy = null;
  }
}
