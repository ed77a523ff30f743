import type { Em } from '@libs/kernel/transaction.js';
import { tx } from '@libs/kernel/transaction.js';
import { point } from '@libs/kernel/point.js';
import { cents } from '@libs/money/cents.js';
import type { Moved } from '@libs/providers/contract/moved.js';
import type { DeclineCode, News } from '@libs/providers/contract/outcome.js';
import { type Attempt, attempts, type AttemptView, live } from './attempt.entity.js';
import type { Opened, Timing, Wanted, Way, Witness } from './attempts.js';
import { askAt } from './asking.js';
import type { Effects, Source } from './owners.js';
import { apply, type Sinks, take } from './record.js';
import { mayReturn, takenBack, unstated } from './returned.js';
import { weigh } from './weigh.js';

/** The lane to go on with when the recorded state allows it. */
export interface Next {
  readonly way: Way;
  readonly wanted: Wanted;
}
export interface Step {
  readonly view: AttemptView;
  readonly next?: Opened;
  /** What was called for, as its GET shows it now, where this step has changed it: nobody has to read it again. */
  readonly shown?: Readonly<Record<string, unknown>>;
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
    const back = moves ? undefined : takenBack(attempt, heard, from, timing.at);
    // That we close an instrument is no word against money which the provider has seen.
    const contradiction = !moves && !back && from !== 'clock' && contradicts(attempt, heard);
    const late = news.kind === 'absent' && countsAsLate(attempt, timing);
    const why = mustPark(attempt, news, heard, timing, contradiction);
    if (why !== undefined) park(attempt, timing, why);
    const more = moves ? undefined : await grown(inner, to, attempt, heard);
    const beside = [...shown(attempt, heard), ...[back, more].filter((it) => it !== undefined)];
    note(attempt, heard, moves || live.includes(attempt.state));
    if (late) attempt.absentAt ??= timing.at;
    if (heard.kind === 'done') attempt.absentAt = null; // an absence from before it was seen does not count
    if (moves) {
      attempt.state = state;
      attempt.unsent = heard.kind === 'unsent';
    }
    schedule(attempt, heard, timing, from);
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
    return { view: attempt, shown: shownBy(effects, attempt.ownerId) };
  });
  point('settle.after', from);
  return step;
}

/** An event carries what its object's GET shows at that moment. */
const shownBy = (effects: readonly Effects[], owner: string): Step['shown'] =>
  effects.flatMap((it) => it.events ?? []).findLast((it) => it.objectId === owner)?.data ??
  effects.find((it) => it.shown)?.shown;

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

/** What has come by an instrument since it was paid, where the provider states all that has: a payment of its own. */
async function grown(em: Em, to: Sinks, { id, ref }: AttemptView, heard: News): Promise<Moved | undefined> {
  if (heard.kind !== 'done' || !heard.total) return undefined;
  const { receipt, amount, currency, at } = heard;
  const known = await to.attempts.most(em, id);
  if (known === undefined || amount <= known) return undefined;
  const about = { ref: ref ?? heard.ref, receipt };
  return { kind: 'received', id: `${about.ref}:${amount}`, about, amount: cents(amount - known), currency, at };
}

const twinsIn = (heard: News): readonly string[] => ('twins' in heard && heard.twins) || [];

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

const forgets = ({ proof }: AttemptView): number => ('forgetsMs' in proof && proof.forgetsMs) || Infinity;

const countsAsLate = ({ proof }: AttemptView, { pastDeadlineMs }: Timing): boolean =>
  (proof.by === 'key' || proof.by === 'state') && pastDeadlineMs >= proof.afterMs;

/** Why a human must look; undefined: nobody need. */
function mustPark(
  attempt: AttemptView,
  news: News,
  heard: News,
  timing: Timing,
  contradiction: boolean,
): string | undefined {
  const { proof } = attempt;
  const { ageMs, pastDeadlineMs } = timing;
  if (news.kind === 'done' && news.currency !== attempt.currency) return 'another currency';
  if (heard.kind === 'unknown' && heard.why === 'duplicate') return 'a duplicate that is not certainly ours';
  if (heard.kind === 'unknown' && heard.why === 'stray' && live.includes(attempt.state))
    return 'nothing of ours did this';
  if (heard.kind === 'unknown' && heard.why === 'amount') return unstated;
  if (heard.kind === 'unknown' && mayReturn(attempt)) {
    if (ageMs > forgets(attempt)) return 'older than the provider remembers';
    // Sooner it may be what the provider has not caught up with.
    if (heard.why === 'stray' && countsAsLate(attempt, timing)) return 'more or less has gone back than we know of';
    return undefined;
  }
  if (heard.kind === 'unknown' && proof.by === 'human') return 'only a human can prove this act';
  if (news.kind === 'absent' && proof.by === 'again' && ageMs > proof.untilMs) return 'it can no longer be sent again';
  if (heard.kind === 'unknown' && undecided(attempt, heard) && (proof.by === 'key' || proof.by === 'state')) {
    if (news.kind === 'absent' && ageMs > forgets(attempt)) return 'older than the provider remembers';
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

/** What the provider has made besides was never ours to wait for, but how it ended must become known. */
const undecided = ({ twinOf, state, settledAt }: AttemptView, { kind }: News): boolean =>
  live.includes(state) || (!!twinOf && state === 'failed' && !settledAt && (kind === 'unknown' || kind === 'pending'));

/** What was done, and has not been seen to stand when it was asked after: it is asked after until it is clear. */
const doubted = (attempt: AttemptView, { kind }: News, { ageMs }: Timing, from: Source): boolean =>
  mayReturn(attempt) && from !== 'call' && (kind === 'unknown' || kind === 'pending') && ageMs <= forgets(attempt);

/** A later answer is none to these: a human has to look. */
const forHumans: readonly (string | null | undefined)[] = [
  'declined after it succeeded',
  'another reference',
  unstated,
];

function schedule(attempt: Attempt, heard: News, timing: Timing, from: Source): void {
  if (undecided(attempt, heard) || doubted(attempt, heard, timing, from)) {
    attempt.askAt = askAt(attempt, heard, timing) ?? null;
    return;
  }
  attempt.askAt = null;
  attempt.settledAt ??= timing.at;
  if (from === 'operator' || (heard.kind !== 'unknown' && !forHumans.includes(attempt.parkedWhy))) {
    attempt.parkedAt = null;
    attempt.parkedWhy = null;
  }
}
