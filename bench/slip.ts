import { short } from '@libs/kernel/ids.js';
import { bareServer, duel } from './duel.js';
import { start, stop } from './processes.js';
import type { Scene } from './scene.js';

const dueDate = '2040-12-05';
const payer = { name: 'FULANO DE TAL', documentNumber: '45576360044', phoneNumber: '11923451234' };
const place = { street: 'Rua do Alecrim', number: 'S/N', neighborhood: 'Centro', city: 'São Paulo', state: 'SP' };

/** `POST /bankslip`, registered at once by Efí, against the bare server. */
export async function slipFigures(scene: Scene, folder: string): Promise<void> {
  const { places } = scene.provider.said;
  const contest = {
    path: '/bankslip',
    body: { amount: 1000, dueDate, payerData: { ...payer, address: { ...place, zipCode: '45002100' } } },
    wanted: '0.35',
    call: (attempt: string) => ({
      origin: places['gerencianet-cobrancas'],
      path: '/v1/charge/one-step',
      method: 'POST' as const,
      headers: { authorization: 'Bearer bench', 'content-type': 'application/json' },
      body: JSON.stringify({
        items: [{ name: 'Cobrança', value: 1000, amount: 1 }],
        metadata: { custom_id: short(attempt), notification_url: `http://127.0.0.1/callbacks/${'x'.repeat(43)}` },
        payment: {
          banking_billet: {
            customer: {
              name: payer.name,
              cpf: payer.documentNumber,
              phone_number: payer.phoneNumber,
              address: { ...place, zipcode: '45002100' },
            },
            expire_at: dueDate,
            configurations: { days_to_write_off: 30 },
          },
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
