import { describe, expect, it } from 'vitest';
import { Decimal } from '@libs/kernel/json.js';
import { withoutSecrets } from './audit.secrets.js';

describe('what is kept of an act', () => {
  it('has every secret cut, whatever it is and however deep it lies', () => {
    const lane = {
      provider: 'gerencianet',
      credential: { environment: 'simulator' },
      credentials: { clientId: 'c', clientSecret: 's', certificate: 'AAAA' },
      hasCredentials: true,
      callbackUrl: 'http://127.0.0.1:3000/callbacks/gerencianet/abcdef/pix',
    };
    expect(withoutSecrets([lane, { key: 'sk_test_x', prefix: 'sk_test_abcd', webhookSecret: ['a'] }])).toEqual([
      {
        provider: 'gerencianet',
        credential: { environment: 'simulator' },
        credentials: '[redacted]',
        hasCredentials: true,
        callbackUrl: 'http://127.0.0.1:3000/callbacks/gerencianet/[redacted]/pix',
      },
      { key: '[redacted]', prefix: 'sk_test_[redacted]', webhookSecret: '[redacted]' },
    ]);
    expect(withoutSecrets({ name: 'Bearer abcdefgh', note: '4111 1111 1111 1111', key: null })).toEqual({
      name: 'Bearer [redacted]',
      note: '[redacted]',
      key: null,
    });
  });

  it('can be stored, whatever was sent', () => {
    const sent = { 'a\0': 'b\0c\ud800', amount: new Decimal('1e400'), deep: [[{ at: undefined }]] };
    expect(JSON.parse(JSON.stringify(withoutSecrets(sent)))).toEqual({
      'a\u2400': 'b\u2400c\ufffd',
      amount: '1e400',
      deep: [[{}]],
    });
  });
});
