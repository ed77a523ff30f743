export interface Tally {
  readonly attempts: number;
  readonly approved: number;
}
/** What became of the last attempts by one account for one operation: of all, and by the name of like circumstances. */
export interface Recent extends Tally {
  readonly like: ReadonlyMap<string, Tally>;
}
export const nothingYet: Recent = { attempts: 0, approved: 0, like: new Map() };

/** What a lane that nobody has tried is thought to approve, and how many attempts that thought is worth. */
const usual = 0.8;
const usualWorth = 10;
/** How many attempts in other circumstances the first ones in these are weighed against. */
const allWorth = 20;

/**
 * The rate from 0 to 1, to four digits: few attempts say little, so they are drawn towards what the account approves
 * at large, and that towards what is usual.
 */
export function smoothed({ attempts, approved, like }: Recent, name: string): { rate: number; attempts: number } {
  const all = (approved + usual * usualWorth) / (attempts + usualWorth);
  const here = like.get(name) ?? { attempts: 0, approved: 0 };
  const rate = (here.approved + all * allWorth) / (here.attempts + allWorth);
  return { rate: Math.round(rate * 10_000) / 10_000, attempts: here.attempts };
}
