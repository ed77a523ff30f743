import { short } from '@libs/kernel/ids.js';
import { bareServer, duel } from './duel.js';
import { start, stop } from './processes.js';
import { card, type Scene } from './scene.js';

/** `POST /credit-card` with a token, paid at once at Cielo, against the bare server. */
export async function cardFigures(scene: Scene, folder: string): Promise<void> {
  const { said } = scene.provider;
  const { merchantId, merchantKey } = said.accounts.cielo;
  const contest = {
    path: '/credit-card',
    // No code of the merchant's: without a key, a repeat of it would be the first sale and not another one.
    body: { amount: 1000, customer: { name: 'FULANO DE TAL' }, card: { token: scene.token } },
    wanted: '0.35',
    call: (attempt: string) => ({
      origin: said.places.cielo,
      path: '/transaction/1/sales/',
      method: 'POST' as const,
      headers: { merchantid: merchantId, merchantkey: merchantKey, 'content-type': 'application/json' },
      body: JSON.stringify({
        MerchantOrderId: short(attempt),
        Customer: { Name: card.holder },
        Payment: {
          Type: 'CreditCard',
          Amount: 1000,
          Currency: 'BRL',
          Installments: 1,
          Capture: true,
          CreditCard: { CardNumber: card.number, Holder: card.holder, ExpirationDate: card.expirationDate },
        },
      }),
    }),
  };
  const bare = await bareServer(scene, folder, contest);
  const api = await start<{ url: string }>('apps/api/main.js', scene.env);
  await duel(scene, { ours: api, bare }, contest);
  await stop(api);
  await stop(bare);
}
