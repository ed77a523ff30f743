import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { points } from '@libs/kernel/point.js';
import { type ActName, actNames, acts } from '@test/support/acts.js';
import { even } from '@test/support/compare.js';
import { Crash, type Place } from '@test/support/crash.js';

const whole = process.env['TRILHO_LONG'] === '1';
vi.setConfig({ hookTimeout: whole ? 3_600_000 : 600_000 });

interface Pair {
  readonly act: ActName;
  readonly place: Place;
}
/** Rounds are mostly starting and waiting: that many platforms die side by side. */
const abreast = whole ? 4 : 3;
const platforms: Crash[] = [];
/** What each act passes, as one undisturbed run of it has shown. */
const ways = new Map<ActName, readonly Place[]>();
const results = new Map<ActName, unknown[]>();
let chosen: readonly Pair[] = [];

const pointOf = (place: Place): string => place.split('@')[0]!;
const all = (): Pair[] => actNames.flatMap((act) => ways.get(act)!.map((place) => ({ act, place })));

/** Between two providers: the first has refused, and the second has not been called. */
const between = ({ act, place }: Pair): boolean => act === 'failover' && place === 'settle.after@call';

/**
 * In a short run each act dies once, each at another point as long as there are any, and each point is a place of
 * death: before and after a commit or a call are points of their own.
 */
function short(pairs: readonly Pair[]): Pair[] {
  const taken: Pair[] = pairs.filter(between);
  const deaths = (point: string): number => taken.filter(({ place }) => pointOf(place) === point).length;
  const rarest = (some: readonly Pair[]): Pair =>
    some.reduce((least, it) => (deaths(pointOf(it.place)) < deaths(pointOf(least.place)) ? it : least));
  // Who passes few points chooses first.
  const choices = (act: ActName): readonly Pair[] => pairs.filter((it) => it.act === act);
  const others = actNames.filter((act) => !taken.some((it) => it.act === act));
  for (const act of others.sort((a, b) => choices(a).length - choices(b).length)) taken.push(rarest(choices(act)));
  for (const name of points) if (deaths(name) === 0) taken.push(pairs.find(({ place }) => pointOf(place) === name)!);
  return taken;
}

/** Each platform takes what comes next as soon as it is free. */
async function share<T>(work: readonly T[], one: (crash: Crash, task: T) => Promise<void>): Promise<void> {
  const waiting = [...work];
  const serve = async (crash: Crash): Promise<void> => {
    for (let task = waiting.shift(); task !== undefined; task = waiting.shift()) await one(crash, task);
  };
  await Promise.all(platforms.map(serve));
}

async function kill(crash: Crash, { act, place }: Pair): Promise<void> {
  const ended = await crash
    .round(acts[act].make, place)
    .catch((error: unknown) => ({ error: String(error), output: crash.app.output().slice(-2_000) }));
  results.set(act, [...(results.get(act) ?? []), { place, ...ended }]);
  const done = [...results.values()].flat().length;
  if (done % 10 === 0) process.stdout.write(`Crash points × acts: ${done} of ${chosen.length} rounds\n`);
}

beforeAll(async () => {
  platforms.push(...(await Promise.all(Array.from({ length: abreast }, () => Crash.open()))));
  await share(actNames, async (crash, act) => {
    const { make, only = /./ } = acts[act];
    ways.set(
      act,
      (await crash.trace(make)).filter((place) => only.test(place)),
    );
  });
  chosen = whole ? all() : short(all());
  await share(chosen, kill);
  process.stdout.write(`Crash points × acts: ${chosen.length} of ${all().length} pairs killed\n`);
});
afterAll(() => Promise.all(platforms.map((it) => it.close())));

describe('the points', () => {
  it('are passed by some act, every one', () => {
    expect(new Set(all().map(({ place }) => pointOf(place)))).toEqual(new Set(points));
  });

  it('are places of death, every one, and every act dies', () => {
    expect(new Set(chosen.map(({ place }) => pointOf(place)))).toEqual(new Set(points));
    expect(new Set(chosen.map(({ act }) => act))).toEqual(new Set(actNames));
  });
});

describe.each(actNames)('a %s whose process dies', (act) => {
  it('happens once, wherever it was', () => {
    const places = chosen.filter((it) => it.act === act).map(({ place }) => place);
    const byPlace = (results.get(act) ?? []) as { place: Place }[];
    byPlace.sort((a, b) => places.indexOf(a.place) - places.indexOf(b.place));
    expect(byPlace).toEqual(places.map((place) => ({ place, end: acts[act].end, compared: even })));
  });
});
