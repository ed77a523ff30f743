import type { AttemptState } from './attempt.entity.js';

/** Ends that are ours or the payer's, and say nothing of the provider. */
const ourOwn = ['breaker', 'late', 'unready'];
const afterwards = ['expired', 'cancelled'];

/** Whether the provider took it; undefined: nobody knows yet, or it was never asked. */
export function approvedOf(state: AttemptState, code: string | null): boolean | undefined {
  switch (state) {
    case 'pending':
    case 'succeeded':
    case 'orphan':
      return true;
    case 'declined': // an instrument that nobody paid was issued all the same
      return afterwards.includes(code ?? '');
    case 'failed':
      return ourOwn.includes(code ?? '') ? undefined : false;
    case 'sent':
    case 'unknown':
      return undefined;
  }
}

/** The same as SQL over a row of `attempt`. */
export const approvedSql = `case
  when state in ('pending', 'succeeded', 'orphan') then true
  when state = 'declined' then coalesce(code, '') in (${afterwards.map((it) => `'${it}'`).join(', ')})
  when state = 'failed' and coalesce(code, '') not in (${ourOwn.map((it) => `'${it}'`).join(', ')}) then false
end`;
