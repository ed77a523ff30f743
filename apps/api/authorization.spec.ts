import { describe, expect, it } from 'vitest';
import { readAuthorization } from './authorization.js';

const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;

describe('an Authorization header', () => {
  it('carries a key in any of its forms', () => {
    for (const header of [basic(':sk_test_a'), basic('sk_test_a:'), 'Bearer sk_test_a', 'bearer  sk_test_a']) {
      expect(readAuthorization(header)).toEqual({ secret: 'sk_test_a' });
    }
    expect(readAuthorization(basic('id:sk_test_a'))).toEqual({ clientId: 'id', secret: 'sk_test_a' });
  });

  it('is nothing else', () => {
    for (const bad of [undefined, '', 'Basic', basic(':'), basic('sk'), 'Digest a', 'Bearer a b', 'Bearer é']) {
      expect(readAuthorization(bad)).toBeUndefined();
    }
  });
});
