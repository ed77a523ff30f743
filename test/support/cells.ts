import { kinds, type Kind } from '@apps/sandbox/faults.js';
import { type Operation, operations } from '@libs/providers/contract/acts.js';

/** Acts that a route of the platform leads to. */
type Played = Extract<Operation, `pix.${string}`>;
const played = operations.filter((it): it is Played => it.startsWith('pix.'));

/** The fault matrix of the platform: which cells there are, and what each may come to. */
export const modes = ['once', 'minute', 'rate'] as const;
export type Mode = (typeof modes)[number];
export interface Cell {
  readonly kind: Kind;
  readonly operation: Played;
  readonly mode: Mode;
}
/** One way it may go: what the caller is told, how the charge ends, what the simulated world has then seen. */
export interface End {
  readonly answer: number;
  readonly status: string;
  readonly effects: readonly string[];
}
export const allCells: readonly Cell[] = modes.flatMap((mode) =>
  kinds.flatMap((kind) => played.map((operation) => ({ kind, operation, mode }))),
);

/** What a fault does to the call that it strikes. */
type Blow = 'none' | 'lost' | 'never' | 'unsent' | 'taken';
const blows: Partial<Record<Kind, Blow>> = {
  timeout_before: 'never',
  http_500_before: 'never',
  refuse: 'unsent',
  http_429: 'unsent',
  http_401: 'unsent',
  timeout_after: 'lost',
  reset_after: 'lost',
  http_500_after: 'lost',
  garbled: 'lost',
  truncated: 'lost',
  slow: 'lost',
  wrong_amount: 'lost',
};

function blowOf({ kind, operation, mode }: Cell): Blow {
  if (kind === 'http_401' && mode === 'once') return 'none'; // a new token, and the same call for the first time
  if (kind === 'wrong_amount' && operation === 'pix.cancel') return 'none'; // no amount is moved by it
  if (kind === 'duplicate_key_first_send' && operation === 'pix.create') return 'taken';
  return blows[kind] ?? 'none';
}

const paid = ['pix.create', 'pix.received'];
/** What else happens in the world that is no doing of the call. */
const beside: Partial<Record<Kind, readonly string[]>> = {
  second_payment: ['pix.received', 'pix.refund'], // it goes back to the payer
  chargeback: ['pix.chargeback'],
};

const creates = (kind: Kind): Readonly<Record<Blow, End>> => {
  const effects = [...paid, ...(beside[kind] ?? [])];
  return {
    none: { answer: 201, status: 'paid', effects },
    lost: { answer: 202, status: 'paid', effects },
    never: { answer: 202, status: 'failed', effects: [] },
    unsent: { answer: 503, status: 'failed', effects: [] },
    taken: { answer: 202, status: 'processing', effects: [] }, // a human decides
  };
};
const canceled = ['pix.create', 'pix.cancel'];
const cancels: Readonly<Record<Blow, End>> = {
  none: { answer: 200, status: 'canceled', effects: canceled },
  lost: { answer: 202, status: 'canceled', effects: canceled },
  never: { answer: 202, status: 'pending', effects: ['pix.create'] },
  unsent: { answer: 503, status: 'pending', effects: ['pix.create'] },
  taken: { answer: 200, status: 'canceled', effects: canceled },
};
/** A refund is asked for in any case, and goes until it has gone. */
const refunded: End = { answer: 200, status: 'refunded', effects: [...paid, 'pix.refund'] };
/** It went and came back: a human was told; or nobody had looked before it was back, and it never was given. */
const came: readonly End[] = [
  { ...refunded, effects: paid },
  { answer: 200, status: 'paid', effects: paid },
];

function struck(cell: Cell, blow: Blow): readonly End[] {
  const { kind, operation } = cell;
  switch (operation) {
    case 'pix.create':
      return [creates(kind)[blow]];
    case 'pix.cancel':
      return [cancels[blow]];
    case 'pix.refund':
      return kind === 'refund_fails_after_success' ? came : [refunded];
  }
}

/** Every way in which a cell may rightly end; at a rate a fault strikes some calls and spares the others. */
export function endsOf(cell: Cell): readonly End[] {
  const ends = struck(cell, blowOf(cell));
  if (cell.mode !== 'rate') return ends;
  const spared = struck({ ...cell, kind: 'find_refused' }, 'none');
  return [...ends, ...spared];
}

/** Acts at which a kind does anything at all. */
const bites = (kind: Kind): readonly Played[] => {
  if (/^(second_payment|chargeback|duplicate_key_first_send)$/.test(kind)) return ['pix.create'];
  if (kind.startsWith('refund_fails')) return ['pix.refund'];
  return kind.includes('callback') ? ['pix.create', 'pix.refund'] : played;
};

/** Cells that can be played at once: each at another act. What turns every connection away is played alone. */
const gathered = (cells: readonly Cell[]): readonly (readonly Cell[])[] => {
  const groups: Cell[][] = [];
  for (const cell of cells) {
    const fits = (group: readonly Cell[]): boolean =>
      group.every((it) => it.operation !== cell.operation && it.mode === cell.mode) &&
      [...group, cell].every(({ kind }) => kind !== 'refuse');
    const group = groups.find(fits);
    if (group) group.push(cell);
    else groups.push([cell]);
  }
  return groups;
};

/** The whole product; or of each kind one cell, acts and lasting modes by turns: "once" has specs of its own. */
export function groupsOf(whole: boolean): readonly (readonly Cell[])[] {
  if (whole) return gathered(allCells);
  const taken = new Map<string, number>();
  const cells = kinds.map((kind, i): Cell => {
    const mode = i % 2 === 0 ? 'minute' : 'rate';
    const uses = (operation: Played): number => taken.get(`${operation} ${mode}`) ?? 0;
    const operation = [...bites(kind)].sort((a, b) => uses(a) - uses(b))[0]!;
    taken.set(`${operation} ${mode}`, uses(operation) + 1);
    return { kind, operation, mode };
  });
  return gathered(cells);
}
