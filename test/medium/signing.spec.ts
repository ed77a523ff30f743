import { generateKeyPairSync, sign } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Inbox } from '@libs/inbox/inbox.service.js';
import { now } from '@libs/kernel/clock.js';
import type { Fault } from '@libs/kernel/fault.js';
import { closeHttp } from '@libs/providers/http.js';
import { configureProviders } from '@libs/providers/settings.js';
import { Desk } from '@test/support/desk.js';

let desk: Desk;

describe('a key that is published', () => {
  const keys = ['old', 'new', 'forged'].map((kid) => ({ kid, ...generateKeyPairSync('ed25519') }));
  const [old, fresh, forged] = keys as [(typeof keys)[0], (typeof keys)[0], (typeof keys)[0]];
  let published: readonly (typeof keys)[0][] = [];
  let asked = 0;
  const page = createServer((request, response) => {
    if (request.url === '/_sim/listeners') return void response.end(JSON.stringify({ pinbank: origin }));
    asked += 1;
    response.statusCode = published.length > 0 ? 200 : 500;
    const jwks = { keys: published.map(({ kid, publicKey }) => ({ ...publicKey.export({ format: 'jwk' }), kid })) };
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ jwks }));
  });
  let origin = '';
  beforeAll(async () => {
    desk = await Desk.open();
    await new Promise<void>((listening) => page.listen(0, listening));
    origin = `http://localhost:${(page.address() as AddressInfo).port}`;
    configureProviders({ sandboxUrl: origin });
    await desk.account('bank', 'bank-secret', 'pinbank', {
      userName: 'u',
      keyValue: '0123456789abcdef',
      codigoCanal: 1,
      codigoCliente: 2,
    });
  });
  afterAll(async () => {
    vi.restoreAllMocks();
    await closeHttp();
    page.close();
    await desk.close();
  });

  let events = 0;
  /** An event under a kid, signed with a key. */
  const event = (kid: string, { privateKey }: (typeof keys)[0]): Promise<unknown> => {
    const id = `ev${(events += 1)}`;
    const data = { IdQrcode: events, Valor: 10, Status: 'PAGO' };
    const raw = Buffer.from(JSON.stringify({ EventId: id, EventType: 'Pix.CreditoRecebido', Data: data }));
    const at = `${Math.floor(now().getTime() / 1_000)}`;
    const signed = sign(null, Buffer.concat([Buffer.from(`${at}.`), raw]), privateKey).toString('base64');
    const headers = { 'webhook-id': id, 'webhook-timestamp': at, 'webhook-key-id': kid };
    const whole = { ...headers, 'webhook-signature': `v1a,${signed}` };
    return desk.at
      .get(Inbox)
      .receive({ provider: 'pinbank', secret: 'bank-secret', raw, headers: whole })
      .then(
        () => 'taken',
        (error: Fault) => error.status,
      );
  };

  const real = performance.now.bind(performance);
  let skippedMs = 0;
  const rest = (ms: number): void => void (skippedMs += ms);

  it('is asked for once when it is new; forgeries are refused, and have it asked for no more often', async () => {
    vi.spyOn(performance, 'now').mockImplementation(() => real() + skippedMs);
    expect(await event('old', old)).toBe(503); // nobody answers: it comes again
    expect([await event('old', old), asked]).toEqual([503, 1]);
    published = [old];
    rest(5_001);
    expect([await event('old', old), await event('old', old), asked]).toEqual(['taken', 'taken', 2]);
    published = [old, fresh];
    rest(5_001);
    expect([await event('new', fresh), await event('old', old), asked]).toEqual(['taken', 'taken', 3]);
    expect([await event('old', forged), await event('new', old), asked]).toEqual([401, 401, 3]);
    rest(5_001);
    const flood = await Promise.all(Array.from({ length: 30 }, (_, n) => event(`forged${n}`, forged)));
    expect([new Set(flood), asked]).toEqual([new Set([503]), 4]);
    expect([await event('new', fresh), asked, (await desk.sql('select * from notice')).length]).toEqual([
      'taken',
      4,
      5,
    ]);
  });
});
