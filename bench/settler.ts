import { createApi } from '@apps/api/app.js';
import { configured } from '@libs/kernel/config.js';
import { cents } from '@libs/money/cents.js';
import { closeHttp } from '@libs/providers/http.js';
import { Routing } from '@libs/routing/routing.service.js';
import type { Case } from './settle.js';
import { inLanes } from './lanes.js';

/** Settles what it is told to: each case a charge whose payment the provider has announced. */
const app = await createApi(configured({ ...process.env }));
await app.init();
const routing = app.get(Routing);

process.on('message', (cases: readonly Case[]) => {
  void inLanes(16, cases, async ({ attempt, ref, receipt, amount }) => {
    const [data, at] = [{ txid: ref, qrCode: 'x', endToEndId: receipt }, new Date()];
    const news = { kind: 'done', ref, receipt, at, amount: cents(amount), currency: 'BRL', data } as const;
    await routing.settle(attempt, news, 'callback');
  }).then((seconds) => process.send?.({ seconds }));
});
process.once(
  'SIGTERM',
  () =>
    void app
      .close()
      .then(() => closeHttp())
      .then(() => process.exit(0)),
);
process.send?.({});
