import type { Form } from './form.js';
import type { Shape } from './shapes.js';
import type { Turn } from './turn.js';

/** One call that is let in: the groups of its path, its parameters without `expand`, and the host it was sent to. */
export interface Call {
  readonly turn: Turn;
  readonly path: Readonly<Record<string, string>>;
  readonly form: Form;
  readonly host: string;
}
/** What is answered; a decline is one too, because it changes something. */
export interface Reply {
  readonly status: number;
  readonly body: Shape;
}
export type Act = (call: Call) => Reply;

export const done = (body: Shape): Reply => ({ status: 200, body });
