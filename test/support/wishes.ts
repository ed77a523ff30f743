import type { Answer } from './app.js';
import type { Crash, Wish } from './crash.js';
import { as, type Charge, fresh } from './scene.js';

/** What the platform does, each as somebody wishes it who repeats what was not answered. */
export interface Act {
  readonly make: (crash: Crash) => Promise<Wish>;
  /** What it must come to, however often the process has died on the way. */
  readonly end: object;
  /** The part of its way that is its own, where another act has the rest. */
  readonly only?: RegExp;
}

/** How a charge stands, and what has happened to it in the simulated world. */
export type Tell = (crash: Crash, charge: Charge) => Promise<object>;

export const under = (key: string): { headers: Record<string, string> } => ({ headers: { 'idempotency-key': key } });

/** A POST under one key, repeated until it is answered and its charge has come to that status, or to one of them. */
export function posted(crash: Crash, path: string, body: object, status: string | RegExp, tell: Tell): Wish {
  const key = fresh('key');
  const begin = (): Promise<Answer> => crash.scene.api('POST', path, body, under(key));
  const end = async (): Promise<object | false> => {
    const answer = await begin();
    const charge = as<Charge>(answer.body);
    const there = typeof status === 'string' ? charge.status === status : status.test(charge.status);
    return (answer.status === 200 || answer.status === 201) && there && tell(crash, charge);
  };
  return { begin, end };
}

/** The same under a code of the merchant's own, by which it is told how many charges have come of it. */
export function counted(crash: Crash, path: string, body: object, status: string | RegExp, tell: Tell): Wish {
  const customCode = fresh('code');
  const { begin, end } = posted(crash, path, { ...body, customCode }, status, tell);
  return {
    begin,
    end: async () => {
      const made = await end();
      return made && { ...made, charges: await crash.charges(customCode) };
    },
  };
}
