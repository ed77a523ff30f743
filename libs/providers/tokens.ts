import { now } from '@libs/kernel/clock.js';
import { pause, timer } from '@libs/kernel/timer.js';
import { object, text } from './answer.js';
import type { Outcome } from './contract/outcome.js';
import { type Answered, type HttpRequest, send } from './http.js';

export type Unsent = Extract<Outcome, { kind: 'unsent' }>;
export interface Token {
  readonly kind: 'token';
  readonly value: string;
  readonly untilMs: number; // by the one clock
}
/** How a token is asked for. `name`: whose it is; a rotated secret is another name, and starts anew. */
export interface Login {
  readonly name: string;
  readonly request: Omit<HttpRequest, 'leftMs' | 'aside'>;
  /** What an answer that holds no token means. */
  readonly refused: (answer: Answered) => Unsent;
  /** Told when nobody listens there. */
  readonly shut: () => void;
}

const renewMs = 30_000; // before its end, as Efí's own client does; Pinbank's lives "may change without notice"
const loginMs = 10_000;
const tooLate: Unsent = { kind: 'unsent', why: 'late', message: 'no token within the deadline' };

/** The bearer tokens of one provider, by RFC 6749. */
export class Tokens {
  private readonly held = new Map<string, Token>();
  private readonly logins = new Map<string, Promise<Token | Unsent>>();

  /**
   * A call with the token that is held, or with a new one. For a provider that executes nothing under a token it
   * refuses: after that the call is made a second time, with a new token, and its answer is the last.
   */
  async call<A>(
    login: Login,
    leftMs: () => number,
    made: (token: string) => Promise<A>,
    refuses: (answer: A) => boolean,
  ): Promise<A | Unsent> {
    const token = await this.of(login, leftMs);
    if (token.kind === 'unsent') return token;
    const first = await made(token.value);
    if (!refuses(first)) return first;
    if (this.held.get(login.name) === token) this.held.delete(login.name);
    const renewed = await this.of(login, leftMs);
    return renewed.kind === 'unsent' ? renewed : made(renewed.value);
  }

  /** A new one, whatever is held. One login at a time for one name; who cannot wait leaves it to the others. */
  async fresh(login: Login, leftMs: () => number): Promise<Token | Unsent> {
    if (leftMs() <= 0) return tooLate;
    let flight = this.logins.get(login.name);
    if (flight === undefined) {
      flight = this.logIn(login).finally(() => this.logins.delete(login.name));
      this.logins.set(login.name, flight);
    }
    return Promise.race([flight, pause(leftMs()).then(() => tooLate)]);
  }

  private async of(login: Login, leftMs: () => number): Promise<Token | Unsent> {
    const known = this.held.get(login.name);
    return known && known.untilMs > now().getTime() ? known : this.fresh(login, leftMs);
  }

  /** Whatever becomes of a login, the act behind it has not been sent. */
  private async logIn({ name, request, refused, shut }: Login): Promise<Token | Unsent> {
    const answer = await send({ ...request, leftMs: timer(loginMs), aside: true });
    if (answer.kind !== 'answered') {
      if (answer.kind === 'unsent' && answer.why === 'refused') shut();
      const why = answer.why === 'credentials' ? 'credentials' : 'refused';
      return { kind: 'unsent', why, message: `token: ${answer.message}` };
    }
    const token = tokenIn(answer);
    if (token) this.held.set(name, token);
    return token ?? refused(answer);
  }
}

function tokenIn({ status, json }: Answered): Token | undefined {
  const it = object(json);
  const [value, seconds] = [text(it?.['access_token']), it?.['expires_in']];
  if (status !== 200 || value === undefined) return undefined;
  const lifeMs = typeof seconds === 'number' && seconds > 0 ? seconds * 1_000 : 0;
  return { kind: 'token', value, untilMs: now().getTime() + lifeMs - renewMs };
}
