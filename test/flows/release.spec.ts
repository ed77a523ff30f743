import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type App, type Api, client, eventually, type Json, startApp } from '@test/support/app.js';

/** A lane whose money may be drawn after two days: until then it is `receivable`, and refunds take it from there. */
let app: App;
let shop: Api;
let admin: Api;
let sandbox: Api;

beforeAll(async () => {
  app = await startApp();
  shop = client(() => app.url, app.merchantKey);
  admin = client(() => app.url, app.adminKey);
  sandbox = client(() => app.sandboxUrl);
  const merchants = await admin('GET', '/admin/merchants');
  const id = text(merchants.body['data']![0]!['id']);
  const lane = { provider: 'gerencianet', operation: 'pix.create', priority: 1, settleDays: 2 };
  expect((await admin('PUT', `/admin/merchants/${id}/lanes`, [lane])).status).toBe(200);
});
afterAll(() => app.stop());

const text = (it: unknown): string => (typeof it === 'string' ? it : JSON.stringify(it));
const balance = async (): Promise<Json> => (await shop('GET', '/balance')).body['data']![0]!;
const pix = async (id: string): Promise<Json> => (await shop('GET', `/pix/${id}`)).body;

async function paid(amount: number): Promise<string> {
  const { body } = await shop('POST', '/pix', { amount });
  await sandbox('POST', `/_sim/pix/${text(body['metadata']!['paymentId'])}/pay`, {});
  const id = text(body['id']);
  await eventually(async () => text((await pix(id))['status']) === 'paid');
  return id;
}
const refunded = (id: string): Promise<boolean> =>
  eventually(async () => text((await pix(id))['pendingOperation']) === 'null');

describe('money that may not be drawn yet', () => {
  it('stands in receivable, is refunded from there, and is released on its day, once', async () => {
    const before = await balance();
    const id = await paid(10_000);
    expect(await balance()).toMatchObject({ available: before['available'], receivable: 10_000 });
    await shop('POST', `/pix/${id}/refund`, { amount: 4_000 });
    await refunded(id);
    expect(await balance()).toMatchObject({ available: before['available'], receivable: 6_000 });
    await sandbox('POST', '/_sim/clock', { advanceSeconds: 2 * 86_400 - 3_600 });
    expect(await balance()).toMatchObject({ receivable: 6_000 });
    await sandbox('POST', '/_sim/clock', { advanceSeconds: 3_700 });
    const whole = Number(before['available']) + 6_000;
    await eventually(async () => Number((await balance())['available']) === whole);
    expect(await balance()).toMatchObject({ available: whole, receivable: 0, debt: 0 });
    await shop('POST', `/pix/${id}/refund`, {});
    await refunded(id);
    expect(await balance()).toMatchObject({ available: before['available'], receivable: 0, debt: 0 });
    expect(await pix(id)).toMatchObject({ status: 'refunded', refundedAmount: 10_000, fees: { net: 10_000 } });
  });

  it('goes back to where the rest lies when a refund asked for before the release fails after it', async () => {
    const before = await balance();
    const id = await paid(1_000);
    const arm = { provider: 'gerencianet', operation: 'pix.refund', kind: 'http_500_before' };
    await sandbox('PUT', '/_sim/faults', arm);
    await shop('POST', `/pix/${id}/refund`, { amount: 300 });
    await sandbox('POST', '/_sim/clock', { advanceSeconds: 2 * 86_400 + 60 });
    await eventually(async () => Number((await balance())['available']) === Number(before['available']) + 700);
    await sandbox('DELETE', '/_sim/faults');
    await sandbox('PUT', '/_sim/faults', { ...arm, kind: 'refund_fails', times: 1 });
    await eventually(async () => text((await pix(id))['status']) === 'paid', 25_000);
    expect(await balance()).toMatchObject({ available: Number(before['available']) + 1_000, receivable: 0, debt: 0 });
  });
});

describe('a refund that comes after the ninety days', () => {
  it('is refused by the provider, and waits for a person with its claim kept', async () => {
    const id = await paid(2_000);
    await sandbox('POST', '/_sim/clock', { advanceSeconds: 91 * 86_400 });
    expect((await shop('POST', `/pix/${id}/refund`, {})).body).toMatchObject({ status: 'refund_requested' });
    const asked = async (): Promise<Json | undefined> =>
      (await admin('GET', '/admin/attempts?parked=true')).body['data']![0];
    const parked = await eventually(asked, 20_000);
    expect(parked).toMatchObject({
      operation: 'pix.refund',
      state: 'unknown',
      parkedWhy: 'it can no longer be sent again',
    });
    expect(await pix(id)).toMatchObject({ status: 'refund_requested', pendingOperation: 'refund' });
  });
});
