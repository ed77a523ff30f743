import { lookup } from 'node:dns';
import { BlockList, isIP, isIPv4, type LookupFunction } from 'node:net';

const barred = new BlockList();
// RFC 6890 and its registry: this host, private use, shared (CGNAT), loopback, link-local, protocol assignments,
// documentation, 6to4 relays, benchmarking, multicast, reserved and broadcast.
for (const [net, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const) {
  barred.addSubnet(net, prefix, 'ipv4');
}
// Inside the one block of IPv6 that is routed: Teredo and its neighbours, documentation, and 6to4, which wraps an IPv4.
for (const [net, prefix] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const) {
  barred.addSubnet(net, prefix, 'ipv6');
}
const routed = new BlockList();
routed.addSubnet('2000::', 3, 'ipv6');
const mapped = new BlockList();
mapped.addSubnet('::ffff:0:0', 96, 'ipv6');

/** Whether an IP address is anything but a public one. What is no IP address is not public either. */
export function isPrivate(address: string): boolean {
  if (isIPv4(address)) return barred.check(address, 'ipv4');
  const [plain = ''] = address.split('%');
  if (isIP(plain) !== 6) return true;
  // An IPv4 in IPv6's clothes is refused whole: a real name answers with the IPv4 itself.
  if (mapped.check(plain, 'ipv6') || !routed.check(plain, 'ipv6')) return true;
  return barred.check(plain, 'ipv6');
}

/** The host of a URL without the brackets of IPv6. */
export const hostOf = (hostname: string): string => hostname.replace(/^\[|\]$/g, '');

/** Why a merchant's address is refused, as a field's code. Names are not looked up here but when they are called. */
export function refusedUrl(text: string, privately: boolean): 'invalid' | 'too_long' | undefined {
  if (text.length > 2_048) return 'too_long';
  if (!/^https?:\/\/[^\s\\]+$/i.test(text) || !URL.canParse(text)) return 'invalid';
  const url = new URL(text);
  if (url.username !== '' || url.password !== '' || url.hostname === '') return 'invalid';
  const host = hostOf(url.hostname);
  if (privately) return undefined;
  if (/(^|\.)localhost\.?$/i.test(host)) return 'invalid';
  return isIP(host) !== 0 && isPrivate(host) ? 'invalid' : undefined;
}

export class PrivateAddress extends Error {}

/** A name's addresses for a new connection; refused when any of them is private: no mixed answer slips through. */
export const publicLookup: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    const [first] = addresses ?? [];
    if (error || !first) return callback(error ?? new Error(`${hostname} has no address`), '');
    if (addresses.some(({ address }) => isPrivate(address))) {
      return callback(new PrivateAddress(`${hostname} leads into a private network`), '');
    }
    if (options.all === true) return callback(null, addresses);
    callback(null, first.address, first.family);
  });
};
