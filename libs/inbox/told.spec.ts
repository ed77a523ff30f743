import { describe, expect, it } from 'vitest';
import type { Notice } from '@libs/providers/contract/callbacks.js';
import { distinct, kept } from './told.js';

const hint = (about: Notice['about']): Notice => ({ kind: 'hint', about });

describe('the notices of one body', () => {
  it('are one per fact', () => {
    const twice = hint({ key: 'tabc', receipt: 'E1' });
    expect(distinct([twice, hint({ key: 'tabc', receipt: 'E2' }), { ...twice }])).toHaveLength(2);
  });

  it('are apart where one of them makes the other doubtful', () => {
    const doubt = { kind: 'unknown', why: 'amount', message: 'less' } as const;
    const [plain, doubtful] = [hint({ ref: 'r' }), { ...hint({ ref: 'r' }), doubt }] as const;
    expect(distinct([plain, doubtful, { ...doubtful }])).toEqual([plain, doubtful]);
  });

  it('lose names that cannot be stored or be ours, and with the last name themselves', () => {
    const endless = 'x'.repeat(256);
    expect(distinct([hint({ key: 'a\0b', receipt: 'E1' })])).toEqual([hint({ receipt: 'E1' })]);
    expect(distinct([hint({ key: endless }), hint({ ref: '\ud800' }), hint({ key: '' }), hint({})])).toEqual([]);
  });
});

describe('a token', () => {
  it('is a name as well, when it could be one', () => {
    expect(distinct([hint({ token: 'a-1' }), hint({ token: 'a-1' }), hint({ token: 'é' })])).toEqual([
      hint({ token: 'a-1' }),
    ]);
  });
});

describe('a body as it is kept', () => {
  it('has no secret, no NUL, and at most 64 KiB without half a character', () => {
    expect(kept(Buffer.from('{"secret":"abc","a":"b\0"}'))).toBe('{"secret":"[redacted]","a":"b"}');
    const page = kept(Buffer.from('{"url":"https://b/?client_secret=pi_1_secret_abc&x=1","is":"pi_1_secret_abc"}'));
    expect(page).toBe('{"url":"https://b/?client_secret=[redacted]&x=1","is":"pi_1_secret_[redacted]"}');
    const long = kept(Buffer.from('é'.repeat(40_000) + 'x'));
    expect(Buffer.byteLength(long)).toBe(65_536);
    expect(Buffer.byteLength(kept(Buffer.from(`x${'é'.repeat(40_000)}`)))).toBe(65_535);
  });

  it('survives what is no text', () => {
    expect(kept(Buffer.from([0xff, 0x00, 0x41]))).toBe('\ufffdA');
    expect(kept(Buffer.alloc(0))).toBe('');
  });
});
