import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import type { News } from '@libs/providers/contract/outcome.js';
import { type AttemptState, attempts, live } from './attempt.entity.js';

type Kind = News['kind'];
const kinds: readonly Kind[] = ['done', 'pending', 'declined', 'unsent', 'unknown', 'absent'];
const final: readonly AttemptState[] = ['succeeded', 'orphan'];
const after = (news: readonly Kind[]): AttemptState =>
  news.reduce<AttemptState>((state, kind) => attempts.next(state, kind) ?? state, 'sent');
const anyNews = fc.array(fc.constantFrom(...kinds), { maxLength: 12 });

describe('the machine of attempts', () => {
  it('is live until it has been decided', () => {
    expect(attempts.states.filter((it) => attempts.terminal(it)).sort()).toEqual([...final].sort());
    for (const state of live) expect(attempts.next(state, 'done')).toBe('succeeded');
    for (const state of ['declined', 'failed'] as const) expect(attempts.next(state, 'done')).toBe('orphan');
  });

  it('lets an instrument that exists end by a word about it alone', () => {
    for (const kind of ['absent', 'unsent'] as const) expect(attempts.next('pending', kind)).toBeUndefined();
  });

  it('never loses money that was seen, in whatever order the news comes', () => {
    fc.assert(fc.property(anyNews, (news) => final.includes(after(news)) === news.includes('done')));
  });

  it('stands still when news is repeated', () => {
    fc.assert(fc.property(anyNews, (news) => after([...news, ...news.slice(-1)]) === after(news)));
    fc.assert(
      fc.property(anyNews, (news) => {
        const twice = news.flatMap((kind) => [kind, kind]);
        expect(after(twice)).toBe(after(news));
      }),
    );
  });

  it('never becomes live again', () => {
    fc.assert(
      fc.property(anyNews, fc.constantFrom(...kinds), (news, more) => {
        const [before, then] = [after(news), after([...news, more])];
        return live.includes(before) || !live.includes(then);
      }),
    );
  });
});
