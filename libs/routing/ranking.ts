import type { ProviderId } from '@libs/providers/contract/provider.js';
import type { Rule } from './rules.js';

export type Reason =
  'priority' | 'rule' | 'weight' | 'approval' | 'cost' | 'breaker' | 'condition' | 'capability' | 'credentials';

/** What a lane is ranked by, as numbers that can be stored: money in cents, rates from 0 to 1. */
export interface Figures {
  readonly [name: string]: number;
  readonly priority: number;
  readonly cost: number;
  readonly price: number;
  /** Recent attempts in like circumstances, and the smoothed rate of those that went well. */
  readonly attempts: number;
  readonly approval: number;
}
/** May also hold: `weight` of the lane, `unproven` 1, `opensAt` in ms when a breaker half-opens. */
export interface Standing {
  readonly lane: string;
  readonly provider: ProviderId;
  readonly figures: Figures;
}
export interface Ranked extends Standing {
  readonly reason: Reason;
}

/** How often a lane that is not the best by `approval` is tried first: without it none could ever become the best. */
export const explored = 0.05;

/** What ranking adds to the figures; a ranking under other rules begins without them. */
const added = ['share', 'explored', 'expected'];
export function bare(figures: Readonly<Record<string, number>>): Figures {
  if (!added.some((name) => name in figures)) return figures as Figures; // a replay goes by here a million times
  return Object.fromEntries(Object.entries(figures).filter(([name]) => !added.includes(name))) as Figures;
}

/** A number between 0 and 1, both excluded: the same for the same words, unlike for any others. */
export function chance(seed: string, salt: string): number {
  let hash = 0x811c9dc5;
  for (const text of [salt, seed]) {
    for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
    hash = Math.imul(hash ^ 0xff, 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (((hash ^ (hash >>> 16)) >>> 0) + 0.5) / 2 ** 32;
}

/**
 * Where a weight puts its bearer: the smallest draw is first, each with the chance of its weight, and when one is
 * missing the others keep their proportions (an exponential race).
 */
const draw = (seed: string, salt: string, weight: number): number =>
  weight > 0 ? -Math.log(chance(seed, salt)) / weight : Infinity;

interface Runner extends Standing {
  readonly reason: Reason;
  /** By what the rule orders: smaller first. */
  readonly key: number;
}

/** By priority; where lanes of one priority have weights, by these. */
function byPriority(fit: readonly Standing[], seed: string): Ranked[] {
  const weighted = new Map<number, number>(); // priority → lanes that have a weight
  for (const { figures } of fit) {
    if (figures['weight'] !== undefined) weighted.set(figures.priority, (weighted.get(figures.priority) ?? 0) + 1);
  }
  const runners = fit.map((it): Runner => {
    const weight = it.figures['weight'];
    const drawn = weight !== undefined && weighted.get(it.figures.priority)! > 1;
    return {
      ...it,
      reason: drawn ? 'weight' : 'priority',
      key: drawn ? draw(seed, `lane ${it.lane}`, weight) : Infinity,
    };
  });
  return runners.sort(
    (a, b) => a.figures.priority - b.figures.priority || gap(a.key, b.key) || (a.lane < b.lane ? -1 : 1),
  );
}

const gap = (a: number, b: number): number => (a === b ? 0 : a < b ? -1 : 1); // Infinity less Infinity is no number

/** The order that a rule wishes, whatever the health of the lanes. */
function byRule(base: readonly Ranked[], rule: Rule, seed: string): Ranked[] {
  const runners = base.map((it): Runner => {
    const { cost, price, approval } = it.figures;
    if (rule.prefer) {
      const place = rule.prefer.indexOf(it.provider);
      return place < 0 ? { ...it, key: Infinity } : { ...it, reason: 'rule', key: place };
    }
    if (rule.split) {
      const weight = rule.split[it.provider];
      if (weight === undefined) return { ...it, key: Infinity };
      const figures = { ...it.figures, share: weight };
      return { ...it, figures, reason: 'weight', key: draw(seed, `split ${it.provider}`, weight) };
    }
    if (rule.strategy === 'cost') return { ...it, reason: 'cost', key: cost };
    if (rule.strategy === 'approval') return { ...it, reason: 'approval', key: -approval };
    if (rule.strategy === 'balanced') {
      const expected = Math.round(approval * (price - cost) * 100) / 100;
      return { ...it, figures: { ...it.figures, expected }, reason: 'approval', key: -expected };
    }
    return { ...it, key: 0 };
  });
  return runners.sort((a, b) => gap(a.key, b.key));
}

/** Once in a while another lane than the best: only one that is well, and proven. */
function exploring(best: readonly Ranked[], seed: string): readonly Ranked[] {
  if (best.length < 2 || chance(seed, 'explore') >= explored) return best;
  const place = 1 + Math.floor(chance(seed, 'explore which') * (best.length - 1));
  const found = best[place]!;
  const first = { ...found, figures: { ...found.figures, explored: 1 } };
  return [first, ...best.slice(0, place), ...best.slice(place + 1)];
}

/**
 * Lanes in the order in which they are tried: those that are well as the rule says, then what only humans can prove,
 * unless the rule prefers it by name, then open breakers by the moment they half-open. Pure: `seed` is the only chance.
 */
export function rank(fit: readonly Standing[], rule: Rule | undefined, seed: string): readonly Ranked[] {
  const base = byPriority(fit, seed);
  const wished = rule ? byRule(base, rule, seed) : base;
  const well: Ranked[] = [];
  const unproven: Ranked[] = [];
  const open: Ranked[] = [];
  for (const { lane, provider, figures, reason } of wished) {
    if (figures['opensAt'] !== undefined) open.push({ lane, provider, figures, reason: 'breaker' });
    else if (figures['unproven'] !== undefined && rule?.prefer?.includes(provider) !== true) {
      unproven.push({ lane, provider, figures, reason });
    } else well.push({ lane, provider, figures, reason });
  }
  open.sort((a, b) => a.figures['opensAt']! - b.figures['opensAt']!);
  return [...(rule?.strategy === 'approval' ? exploring(well, seed) : well), ...unproven, ...open];
}
