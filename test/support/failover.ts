import type { Kind } from '@apps/sandbox/faults.js';
import { operations } from '@libs/providers/contract/acts.js';
import { bites, blowOf, type End, endsOf as alone, everybody, kindsOf, type Provider, type Struck } from './ends.js';
import type { Now } from './player.js';

/** What becomes of acts whose first provider is struck while another stands behind it; on cards, unless told. */
export const order: readonly Provider[] = ['cielo', 'stripe'];
export const second = (first: Provider): Provider => (first === 'cielo' ? 'stripe' : 'cielo');
/** Who stands behind the first. */
export const nextOf = ({ provider, next }: Struck): Provider => next ?? second(provider);

/** These befall the questions: they are put after an answer that was lost. */
export const lost = (kind: Kind): boolean => /^(find_|wrong_store)/.test(kind);

/** An act with its fault; what is created is held or paid. */
const acts: readonly Pick<Struck, 'operation' | 'hold'>[] = [
  { operation: 'cards.authorize' },
  { operation: 'cards.authorize', hold: true },
  ...operations.filter((it) => /^cards\.(?!authorize)/.test(it)).map((operation) => ({ operation })),
];
const cards = acts.map(({ operation }) => operation);
export const columnOf = ({ provider, operation, hold, next }: Struck): string =>
  next ? `${provider}, ${next}` : `${provider}: ${hold ? 'hold' : operation.slice('cards.'.length)}`;
export const columns = order.flatMap((provider) => acts.map((act) => columnOf({ ...act, provider, kind: 'refuse' })));

export const begins = ({ operation }: Pick<Struck, 'operation'>): boolean => /[.](authorize|create)$/.test(operation);
const rowOf = (kind: Kind, provider: Provider): readonly Struck[] =>
  acts
    .filter(
      ({ operation, hold }) => bites(kind, cards, provider).includes(operation) && !(hold && kind === 'chargeback'),
    )
    .map((act) => ({ ...act, kind, provider, once: true }));

const rows = order.map((provider) => kindsOf(provider).map((kind) => rowOf(kind, provider)));
export const allCells: readonly Struck[] = rows.flat(2);
/** The whole product; or of each row and order one act, by turns something created and something done to it later. */
export const cellsOf = (whole: boolean): readonly Struck[] =>
  whole
    ? allCells
    : rows.flatMap((of, shift) =>
        of.flatMap((cells, i) => {
          const [begun, later] = [cells.filter(begins), cells.filter((it) => !begins(it))];
          const some = (i + shift) % 2 === 0 || later.length === 0 ? begun : later;
          return some[(i >> 1) % some.length] ?? cells.at(0) ?? [];
        }),
      );

/** How a struck act ends where another provider stands behind the first: `theirs` is what happened at that one. */
export interface Ending extends End {
  readonly theirs: readonly string[];
}
export function endingsOf(it: Struck): readonly Ending[] {
  // A lost answer, and then what strikes the question.
  const struck: Struck = lost(it.kind) ? { ...it, kind: 'reset_after' } : it;
  const ends = alone(struck);
  if (!begins(it) || blowOf(struck) !== 'unsent') return ends.map((end) => ({ ...end, theirs: [] }));
  const [{ status, effects }] = alone({ ...struck, provider: nextOf(it), kind: 'slow' }) as [End];
  return [{ answers: [201, 202], status, effects: [], theirs: effects }];
}

/** What has happened at the first provider, and at the second; what a human has to look at is marked. */
export const textOf = (it: Struck, { status, effects }: Now): string => {
  const at = (provider: Provider): string => {
    const acts = effects[provider].filter((act) => begins(it) || act !== 'cards.authorize');
    return acts.map((act) => act.replace(/^\w+[.]/, '')).join('+') || '-';
  };
  const parked = endingsOf(it).some((end) => end.parked === true && end.status === status);
  return `${status} ${at(it.provider)}/${at(nextOf(it))}${parked ? ' (human)' : ''}`;
};

/** Whether an act has come to one of its ends. */
export function right(it: Struck, now: Now): boolean {
  const same = (one: readonly string[], other: readonly string[]): boolean =>
    String([...one].sort()) === String([...other].sort());
  return endingsOf(it).some(
    (end) =>
      end.answers.includes(now.answer) &&
      end.status === now.status &&
      (now.pending === null || end.parked === true) &&
      everybody.every((provider) => {
        const theirs = provider === nextOf(it) ? end.theirs : [];
        return same(provider === it.provider ? end.effects : theirs, now.effects[provider]);
      }),
  );
}

/** Refunds that will be sent again come late: another one's fault would strike them then. */
const again = (it: Struck): boolean =>
  it.operation === 'cards.refund' && (/^(never|unsent)$/.test(blowOf(it)) || it.kind === 'refund_fails');
/** What has a twin comes last of all: the twin is undone as soon as it is seen, and nothing may wait to strike that. */
const late = (it: Struck): number => (it.kind === 'duplicate_key_first_send' && begins(it) ? 3 : again(it) ? 2 : 0);
/** Failures and successes by turns, or a breaker would open and spare a provider what is to strike it. */
export function byTurns<T extends { readonly it: Struck }>(all: readonly T[]): readonly T[] {
  const spread = (some: readonly T[]): readonly (readonly [number, T])[] =>
    some.map((one, i) => [late(one.it) || i / some.length, one]);
  const parts = [...new Set(all.map(({ it }) => it.provider))].flatMap((provider) => {
    const own = all.filter(({ it }) => it.provider === provider);
    const fails = (one: T): boolean => blowOf(one.it) !== 'none' || lost(one.it.kind);
    return [...spread(own.filter(fails)), ...spread(own.filter((one) => !fails(one)))];
  });
  return parts.sort(([a], [b]) => a - b).map(([, one]) => one);
}
