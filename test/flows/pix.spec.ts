import { jest, afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Scene } from '@test/support/scene.js';

jest.setTimeout(30_000);
let scene: Scene;
beforeAll(async () => {
  scene = await Scene.open({ LOG_LEVEL: 'debug' });
}, 60_000);
afterAll(async () => { console.log(scene.app.output()); await scene.close(); });

describe('pilot', () => {
  it('works', async () => {
    const paid = await scene.paid({ customCode: 'x' });
    console.log(JSON.stringify(paid, null, 1));
    console.log((await scene.refund(paid.id, 300)).text);
    await scene.becomes(paid.id, 'refunded');
    console.log(await scene.effects(), await scene.addresses(), await scene.verified(), JSON.stringify(await scene.events(), null, 1));
    console.log((await scene.api('GET', '/statement')).text, (await scene.api('GET', '/balance')).text);
    console.log((await scene.api('GET', `/transactions/${paid.id}/attempts`)).text, (await scene.api('GET', '/balance')).text);
    expect(1).toBe(1);
  });
});
