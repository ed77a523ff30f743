import { expect } from 'vitest';
import { logsIn, type Rule } from './bench.js';
import { address } from './stand.js';
import { leaked, tokens } from './words.js';

export const secrets: Rule = {
  name: '10: what was recorded shows no secret once the log has redacted it',
  async test(bench) {
    const { provider, peer, sandbox } = bench.stand;
    const [credentials, leftMs] = [bench.stand.credentials(), (): number => 3_000];
    bench.tapped();
    await provider.identify({ credentials, input: {}, leftMs });
    await provider.callbacks?.register?.({ credentials, input: { url: address.url, held: false }, leftMs });
    await bench.done(await bench.stage());
    const { seen } = bench.tap;
    const given = tokens(seen);
    const secretsOf = [...peer.secrets(sandbox), ...given];
    // The act may have an API of its own, and a token of that.
    const logins = seen.map(({ path }) => path).filter(logsIn);
    expect([given.length, new Set(logins).size]).toEqual([logins.length, logins.length]);
    expect(given.length).toBeGreaterThanOrEqual(peer.tokens);
    expect(secretsOf.some((secret) => JSON.stringify(seen).includes(secret))).toBe(true);
    if (provider.callbacks?.register) expect(JSON.stringify(seen)).toContain(address.secret);
    expect(leaked(seen, [...secretsOf, address.secret])).toEqual([]);
  },
};
