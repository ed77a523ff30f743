/**
 * Named places where a crash matters: before and after each commit and each boundary on the wire. The crash harness
 * sets
 * `CRASH_AT=<name>` or `CRASH_AT=<name>#<n>` (the n-th passage) and the process ends there with SIGKILL, as if the
 * machine
 * had lost its power. Without the variable a point costs one comparison.
 */
const at = process.env['CRASH_AT'];
const [wanted, nth = '1'] = at?.split('#') ?? [];
let passages = 0;

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

export function point(name: Point): void {
  if (wanted !== name) return;
  passages += 1;
  if (passages === Number(nth)) process.kill(process.pid, 'SIGKILL');
}
