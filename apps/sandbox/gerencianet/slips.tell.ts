import { randomUUID } from 'node:crypto';
import { now } from '@libs/kernel/clock.js';
import type { Owed } from '@apps/sandbox/callbacks.js';
import { dayAfter, localDay } from '@apps/sandbox/days.js';
import { type Callback, type Put, type World, callbackTable } from '@apps/sandbox/world.js';
import type { Room } from './room.js';
import { type Notice, type Slip, type SlipStatus, slipTable } from './slips.rows.js';
import { wire } from './wire.js';

/** Callbacks of charges are called by their charge, and by how much of its history they are about. */
const keyOf = ({ id, notices }: Slip): string => `slip:${id}:${notices.length}`;
const named = /^slip:(\d+):(\d+)$/;

export const ofSlip = (key: string): boolean => named.test(key);

function about(world: World, key: string): { readonly slip?: Slip; readonly count: number } {
  const [, id = '', count = '0'] = named.exec(key) ?? [];
  return { slip: world.of(slipTable).get(id), count: Number.parseInt(count, 10) };
}

/** Where a charge wanted to be notified of. */
export const notifyUrl = (world: World, key: string): string | undefined => about(world, key).slip?.notifyUrl;

/** It is taken once the token was asked for, not when it was answered. */
export function taken(world: World, { key }: Callback): boolean {
  const { slip, count } = about(world, key);
  return !wire.slipUntilRead || !slip || slip.read >= count;
}

/** Somebody has asked for the token: what was told of it, and heard, is not told again. */
export function read(room: Room, slip: Slip): void {
  if (slip.read >= slip.notices.length) return;
  const told = [...room.world.of(callbackTable).values()].filter(({ provider, key, tries }) => {
    return tries > 0 && provider === room.provider && about(room.world, key).slip?.id === slip.id;
  });
  const drops = told.map(({ id }) => callbackTable.drop(id));
  room.world.commit(slipTable.put(`${slip.id}`, { ...slip, read: slip.notices.length }), ...drops);
}

const form = (token: string): string => new URLSearchParams({ notification: token }).toString();

/** That something has become of a charge. Nothing but its token is said, so that nothing can be said otherwise. */
export const news = (room: Room, operation: string, slip: Slip): Owed =>
  room.callbacks.owe({
    operation,
    key: keyOf(slip),
    body: form(slip.token),
    contrary: form(slip.token),
    forgery: form(randomUUID()),
  });

/** A token of nobody's, told by somebody who knows of the charge. */
export const claim = (room: Room, operation: string, slip: Slip): Owed =>
  room.callbacks.claim(operation, keyOf(slip), form(randomUUID()));

/** The charge in its next state, with the notice of it. */
export function turned(slip: Slip, current: SlipStatus, more: Pick<Notice, 'value' | 'day'> = {}): Slip {
  const notice: Notice = { current, previous: slip.status, at: now().toISOString(), ...more };
  return { ...slip, status: current, notices: [...slip.notices, notice] };
}

/** What is to be told of a charge that stays as it is. */
export function tell(room: Room, owed: Owed): void {
  if (owed.puts.length > 0) room.world.commit(...owed.puts);
  owed.send();
}

/** Puts the charge in its new state, with the effects of that and what is to be told, in one commit. */
export function commit(room: Room, slip: Slip, puts: readonly Put[], ...owed: readonly Owed[]): Slip {
  room.world.commit(slipTable.put(`${slip.id}`, slip), ...puts, ...owed.flatMap((it) => it.puts));
  for (const { send } of owed) send();
  return slip;
}

/** The last day on which a bank takes it. */
export const lastDay = ({ expireAt, writeOffDays }: Slip): string => dayAfter(expireAt, writeOffDays);

/** The charge as it stands today: what is not paid in time becomes so by itself. */
export function current(room: Room, slip: Slip): Slip {
  const today = localDay(now().toISOString());
  if ((slip.status !== 'waiting' && slip.status !== 'unpaid') || today <= slip.expireAt) return slip;
  const { slipOverdue, slipWrittenOff } = room.wire;
  const status = today > lastDay(slip) ? slipWrittenOff : slipOverdue;
  if (status === slip.status) return slip;
  const next = turned(slip, status);
  return commit(room, next, [], news(room, 'notice', next));
}
