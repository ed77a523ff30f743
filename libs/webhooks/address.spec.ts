import { describe, expect, it } from 'vitest';
import { isPrivate, refusedUrl } from './address.js';

describe('a private address', () => {
  it.each([
    '0.0.0.0',
    '0.1.2.3',
    '10.0.0.1',
    '100.64.0.1',
    '100.127.255.255',
    '127.0.0.1',
    '127.255.255.254',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.8',
    '192.0.2.1',
    '192.168.1.1',
    '198.18.0.1',
    '198.51.100.1',
    '203.0.113.9',
    '224.0.0.1',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:8.8.8.8',
    '::127.0.0.1',
    'fc00::1',
    'fd12:3456::1',
    'fe80::1',
    'fe80::1%eth0',
    'fec0::1',
    'ff02::1',
    '64:ff9b::7f00:1',
    '2001:db8::1',
    '2002:7f00:1::',
    '2001::1',
    '100::1',
    'loja.example',
    '',
  ])('is %s', (address) => {
    expect(isPrivate(address)).toBe(true);
  });

  it.each([
    '1.1.1.1',
    '8.8.8.8',
    '100.63.0.1',
    '100.128.0.1',
    '172.15.0.1',
    '172.32.0.1',
    '192.169.0.1',
    '2606:4700::1111',
    '2804:14c::1',
  ])('is not %s', (address) => {
    expect(isPrivate(address)).toBe(false);
  });
});

describe('the address of an endpoint', () => {
  it.each([
    'http://127.0.0.1/',
    'https://10.1.2.3:8443/a',
    'http://[::1]/',
    'http://[::ffff:10.0.0.1]/',
    'http://0x7f.1/',
    'http://2130706433/',
    'http://127.1/',
    'http://127.0.0.1./',
    'http://localhost:3000',
    'https://api.localhost/',
    'http://0/',
  ])('may not be %s, unless the installation allows it', (url) => {
    expect(refusedUrl(url, false)).toBe('invalid');
    expect(refusedUrl(url, true)).toBeUndefined();
  });

  it.each([
    'ftp://loja.example/',
    'loja.example',
    '',
    'https://',
    'https://user@loja.example/',
    'https://u:p@loja.example/',
    'javascript:alert(1)',
    'http:/\\loja.example',
    'http://a b/',
    'file:///etc/passwd',
  ])('may never be %s', (url) => {
    expect(refusedUrl(url, true)).toBe('invalid');
  });

  it('is at most 2048 characters of http or https', () => {
    const longest = `https://loja.example/${'a'.repeat(2_048 - 21)}`;
    expect(refusedUrl(longest, false)).toBeUndefined();
    expect(refusedUrl(`${longest}a`, false)).toBe('too_long');
  });
});
