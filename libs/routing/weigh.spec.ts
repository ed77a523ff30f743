import { describe, expect, it } from 'vitest';
import { cents } from '@libs/money/cents.js';
import type { Proof } from '@libs/providers/contract/proof.js';
import type { News } from '@libs/providers/contract/outcome.js';
import type { Source } from './owners.js';
import { unstated } from './returned.js';
import { type Asked, weigh } from './weigh.js';

const sources: readonly Source[] = ['call', 'callback', 'find', 'operator', 'clock'];
const minute = 60_000;
const key: Proof = { by: 'key', afterMs: 2 * minute };
const proofs: readonly Proof[] = [
  key,
  { by: 'state', afterMs: 2 * minute },
  { by: 'again', untilMs: 90 * minute },
  { by: 'harmless' },
  { by: 'human' },
];
const done: News = {
  kind: 'done',
  ref: 'r',
  at: new Date(0),
  amount: cents(1),
  currency: 'BRL',
  data: {},
};
const absent: News = { kind: 'absent' };
const early: Asked = { pastDeadlineMs: 0, ageMs: 0 };
const enough: Asked = { pastDeadlineMs: 3 * minute, firstAbsentMs: minute, ageMs: 4 * minute };
const heard = (news: News, from: Source, proof: Proof = key, asked: Asked = early): News =>
  weigh({ currency: 'BRL', proof }, news, from, asked);

describe('what settlement takes news for', () => {
  it.each<News>([
    done,
    { kind: 'pending', ref: 'r', data: {} },
    { kind: 'declined', code: 'expired', message: '' },
    { kind: 'unknown', why: 'timeout', message: '' },
  ])('believes $kind at once, whoever says it', (news) => {
    for (const from of sources) for (const proof of proofs) expect(heard(news, from, proof)).toBe(news);
  });

  it('doubts another currency, also of an operator', () => {
    for (const from of sources) {
      expect(heard({ ...done, currency: 'EUR' }, from)).toMatchObject({ kind: 'unknown', message: 'another currency' });
    }
  });

  it('believes no payment of which an amount is in doubt, until a human says how much it was', () => {
    const told = (from: Source): News => weigh({ currency: 'BRL', proof: key, parkedWhy: unstated }, done, from, early);
    for (const from of sources.filter((it) => it !== 'operator')) expect(told(from)).toMatchObject({ why: 'amount' });
    expect(told('operator')).toBe(done);
  });

  it('takes `unsent` from the call alone: a question that failed says nothing of the act', () => {
    const unsent: News = { kind: 'unsent', why: 'refused', message: '' };
    expect(heard(unsent, 'call')).toBe(unsent);
    for (const from of sources.slice(1)) expect(heard(unsent, from).kind).toBe('unknown');
  });
});

describe('an absence', () => {
  it('is an operator’s to state, and harmless where it is harmless', () => {
    for (const proof of proofs) expect(heard(absent, 'operator', proof)).toBe(absent);
    for (const from of sources) expect(heard(absent, from, { by: 'harmless' })).toBe(absent);
  });

  it.each<Proof>([{ by: 'human' }, { by: 'again', untilMs: 1 }])('proves nothing by $by', (proof) => {
    expect(heard(absent, 'find', proof, enough)).toMatchObject({ kind: 'unknown', why: 'early' });
  });

  it.each<[string, Partial<Asked>, boolean]>([
    ['asked twice, late enough, half a window apart', {}, true],
    ['on the very edge of both windows', { pastDeadlineMs: 2 * minute, firstAbsentMs: minute }, true],
    ['before the window is over', { pastDeadlineMs: 2 * minute - 1 }, false],
    ['the first time', { firstAbsentMs: undefined }, false],
    ['the second time too soon', { firstAbsentMs: minute - 1 }, false],
  ])('%s: believed %#', (_, asked, believed) => {
    for (const by of ['key', 'state'] as const) {
      const said = heard(absent, 'find', { by, afterMs: 2 * minute }, { ...enough, ...asked });
      expect(said.kind).toBe(believed ? 'absent' : 'unknown');
    }
  });

  it('says nothing of a sale that the provider no longer remembers', () => {
    const proof: Proof = { ...key, forgetsMs: 10 * minute };
    expect(heard(absent, 'find', proof, { ...enough, ageMs: 10 * minute }).kind).toBe('absent');
    expect(heard(absent, 'find', proof, { ...enough, ageMs: 10 * minute + 1 }).kind).toBe('unknown');
  });

  it('of what was done is weighed like any other', () => {
    const told = (asked: Asked): string =>
      weigh({ currency: 'BRL', state: 'succeeded', proof: { by: 'state', afterMs: 2 * minute } }, absent, 'find', asked)
        .kind;
    expect([enough, early, { ...enough, firstAbsentMs: undefined }].map(told)).toEqual([
      'absent',
      'unknown',
      'unknown',
    ]);
  });

  it('of what was accepted is a denial where the object shows it, and nothing at all where it was seen before', () => {
    const told = (by: 'key' | 'state', asked = enough): News =>
      weigh({ currency: 'BRL', state: 'pending', proof: { by, afterMs: 2 * minute } }, absent, 'find', asked);
    expect(told('state')).toMatchObject({ kind: 'declined', code: 'not_allowed' });
    expect(told('state', { ...enough, firstAbsentMs: undefined })).toMatchObject({ kind: 'unknown', why: 'early' });
    expect(told('state', early)).toMatchObject({ kind: 'unknown', why: 'early' });
    expect(told('key')).toMatchObject({ kind: 'unknown', why: 'early' });
  });
});
