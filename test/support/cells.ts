import { type Operation, operations } from '@libs/providers/contract/acts.js';
import { bites, type End, endsOf as endsOnce, kindsOf, type Provider, type Struck } from './ends.js';

/** The fault matrix of the platform: which cells there are, and what each may come to. */
export const modes = ['once', 'minute', 'rate'] as const;
export type Mode = (typeof modes)[number];
export interface Cell extends Struck {
  readonly mode: Mode;
}
export const providers: readonly Provider[] = ['gerencianet', 'cielo', 'stripe'];
const actsOf = (provider: Provider): readonly Operation[] =>
  operations.filter((it) => it.startsWith(provider === 'gerencianet' ? 'pix.' : 'cards.'));

/** Every kind at every act at which it does anything. */
export const allCells: readonly Cell[] = modes.flatMap((mode) =>
  providers.flatMap((provider) =>
    kindsOf(provider).flatMap((kind) =>
      bites(kind, actsOf(provider), provider).map((operation) => {
        return { kind, provider, operation, mode, once: mode === 'once' };
      }),
    ),
  ),
);

/** Every way in which a cell may rightly end; at a rate a fault strikes some calls and spares the others. */
export function endsOf(cell: Cell): readonly End[] {
  const ends = endsOnce(cell);
  if (cell.mode !== 'rate') return ends;
  const spared = endsOnce({ ...cell, kind: 'late_callback' });
  // Of the questions around a call one may be answered and the other not, the call may go to the wrong store, and
  // a door that shuts may shut upon one that is under way.
  const half = /^(find_|wrong_store|refuse)/.test(cell.kind) ? (['reset_after', 'timeout_before'] as const) : [];
  const others = half.flatMap((kind) => endsOnce({ ...cell, kind }));
  return [...ends, ...spared, ...others];
}

/** It turns every connection away, befalls whatever is sold next, or whatever is asked or given back beside it. */
const alone = ({ kind, provider }: Cell): boolean =>
  /^(refuse|chargeback|portal_void|duplicate_key)/.test(kind) ||
  (/^(find_|wrong_store)/.test(kind) && provider === 'cielo');
/** Cells that can be played at once: each at another act, or at another provider. */
const gathered = (cells: readonly Cell[]): readonly (readonly Cell[])[] => {
  const groups: Cell[][] = [];
  for (const cell of cells) {
    const fits = (it: Cell): boolean => it.operation !== cell.operation && !alone(it) && !alone(cell);
    const group = groups.find((all) =>
      all.every((it) => it.mode === cell.mode && (it.provider !== cell.provider || fits(it))),
    );
    if (group) group.push(cell);
    else groups.push([cell]);
  }
  return groups;
};

/** The whole product; or of each kind one cell at each provider, acts and lasting modes by turns. */
export function groupsOf(whole: boolean): readonly (readonly Cell[])[] {
  if (whole) return gathered(allCells);
  const taken = new Map<string, number>();
  const cells = providers.flatMap((provider) =>
    kindsOf(provider).map((kind, i): Cell => {
      const mode = i % 2 === 0 ? 'minute' : 'rate';
      const uses = (operation: Operation): number => taken.get(`${operation} ${provider} ${mode}`) ?? 0;
      const operation = [...bites(kind, actsOf(provider), provider)].sort((a, b) => uses(a) - uses(b))[0]!;
      taken.set(`${operation} ${provider} ${mode}`, uses(operation) + 1);
      return { kind, provider, operation, mode };
    }),
  );
  return gathered(cells);
}
