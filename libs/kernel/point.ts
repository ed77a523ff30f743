import { appendFileSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Named places where a crash matters: before and after each commit and each boundary on the wire. A process that was
 * started with `CRASH_AT=<order>` ends at that place by SIGKILL, as if the machine had lost its power. An order is
 * `<name>[@<of>][#<n>][ <signal>]`: the n-th passage of that point, of that kind alone where it is told.
 *
 * With `CRASH_FOLDER` the order is read from the file `order` in that folder, so that a running process can be given
 * one, and each passage is written to the file `passed`. Without the variables a point costs one comparison.
 */
const folder = process.env['CRASH_FOLDER'] || undefined;
let order = process.env['CRASH_AT'] ?? '';
let passages = 0;
const armed = order !== '' || folder !== undefined;

/** Every point of the code. The harness derives its list from here, so that none can be forgotten. */
export const points = [
  'claim.before',
  'claim.after',
  'wire.before',
  'wire.after',
  'settle.before',
  'settle.after',
  'inbox.before',
  'inbox.after',
  'relay.before',
  'relay.after',
  'delivery.before',
  'delivery.after',
  'job.leased',
  'job.done',
] as const;

export type Point = (typeof points)[number];

/** `of`: which passage of the point this is, where several kinds of work pass it. */
export function point(name: Point, of?: string): void {
  if (armed) pass(name, of === undefined ? name : `${name}@${of}`);
}

function pass(name: Point, place: string): void {
  if (folder !== undefined) hear(folder, place);
  const [, at, nth = '1', signal = 'SIGKILL'] = /^([^#\s]+)(?:#(\d+))?(?: (\w+))?$/.exec(order.trim()) ?? [];
  if (at !== name && at !== place) return;
  passages += 1;
  if (passages !== Number(nth)) return;
  // Whoever comes after, or goes on here, is not to obey it again.
  if (folder !== undefined) rmSync(join(folder, 'order'), { force: true });
  order = '';
  process.kill(process.pid, signal);
}

function hear(from: string, place: string): void {
  appendFileSync(join(from, 'passed'), `${place}\n`);
  let told = '';
  try {
    told = readFileSync(join(from, 'order'), 'utf8');
  } catch {
    // Nobody wants anything.
  }
  if (told === order) return;
  [order, passages] = [told, 0];
}
