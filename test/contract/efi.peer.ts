import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import axios from 'axios';
import * as efi from 'sdk-node-apis-efi';

/**
 * Efí's own client, in a process of its own: it trusts the sandbox's authority by NODE_EXTRA_CA_CERTS, which is read
 * once, at the start. It plays the whole life of a Pix and of a slip, and measures every answer by the schemas that
 * come with it.
 */
export interface Errand {
  readonly origin: string;
  readonly chargesOrigin: string;
  readonly sandboxUrl: string;
  readonly webhookUrl: string;
  readonly account: {
    readonly clientId: string;
    readonly clientSecret: string;
    readonly certificate: string;
    readonly pixKey: string;
  };
  /** What others have said on the same wire, to be measured too. */
  readonly texts: readonly Measured[];
}
export interface Measured {
  readonly schema: string;
  readonly value: unknown;
}
/** One call and what came of it; `flaws` are the schema's words, `refused` the provider's. */
export interface Step extends Measured {
  readonly call: string;
  readonly flaws: readonly string[];
  readonly refused?: unknown;
}
export interface Brought {
  readonly steps: readonly Step[];
  readonly texts: readonly { readonly schema: string; readonly flaws: readonly string[] }[];
  readonly token: unknown;
  readonly headers: readonly (readonly [call: string, headers: Readonly<Record<string, unknown>>])[];
}

const homes = { pix: 'https://pix-h.api.efipay.com.br', charges: 'https://cobrancas-h.api.efipay.com.br' };
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

interface Schema {
  safeParse(value: unknown): {
    readonly error?: {
      readonly issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[];
    };
  };
}
function flawsOf({ schema, value }: Measured): readonly string[] {
  const known = (efi as unknown as Readonly<Record<string, Schema | undefined>>)[schema];
  if (!known) return [`the client has no ${schema}`];
  return (known.safeParse(value).error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);
}

async function play(errand: Errand): Promise<Brought> {
  const { origin, chargesOrigin, sandboxUrl, webhookUrl, account } = errand;
  const steps: Step[] = [];
  const headers: (readonly [string, Readonly<Record<string, unknown>>])[] = [];
  let token: unknown;
  axios.interceptors.request.use((config) => {
    const url = config.url?.replace(homes.pix, origin).replace(homes.charges, chargesOrigin);
    headers.push([`${config.method} ${config.url?.replace(/^https:..[^/]+/, '')}`, { ...config.headers }]);
    return { ...config, url };
  });
  axios.interceptors.response.use((response) => {
    if (response.config.url?.endsWith('/oauth/token')) token = response.data;
    return response;
  });
  const client = new efi.EfiPay({
    sandbox: true,
    client_id: account.clientId,
    client_secret: account.clientSecret,
    certificate: account.certificate,
    cert_base64: true,
    validateMtls: false,
  });
  const sim = async (method: string, path: string, body: object = {}): Promise<Readonly<Record<string, string>>> => {
    const headersOf = { 'content-type': 'application/json' };
    const answer = await fetch(`${sandboxUrl}/_sim/${path}`, {
      method,
      headers: headersOf,
      body: JSON.stringify(body),
    });
    return (await answer.json()) as Readonly<Record<string, string>>;
  };
  const take = async <T>(call: string, schema: string, asking: Promise<T>): Promise<T | undefined> => {
    try {
      const value = await asking;
      steps.push({ call, schema, value, flaws: schema === '' ? [] : flawsOf({ schema, value }) });
      return value;
    } catch (error) {
      steps.push({ call, schema, value: undefined, flaws: [], refused: error });
      return undefined;
    }
  };
  await webhooks(client, account.pixKey, webhookUrl, take);
  await charges(client, account.pixKey, sim, take);
  await slips(client, sim, take);
  await take('pixDeleteWebhook', '', client.pixDeleteWebhook({ chave: account.pixKey }));
  const texts = errand.texts.map((it) => ({ schema: it.schema, flaws: flawsOf(it) }));
  return { steps, texts, token, headers };
}

type Take = <T>(call: string, schema: string, asking: Promise<T>) => Promise<T | undefined>;
type Sim = (method: string, path: string, body?: object) => Promise<Readonly<Record<string, string>>>;
const period = { inicio: '2020-01-01T00:00:00Z', fim: '2199-01-01T00:00:00Z' };

async function webhooks(client: efi.EfiPay, chave: string, webhookUrl: string, take: Take): Promise<void> {
  await take('pixConfigWebhook', 'PixConfigWebhookResponseSchema', client.pixConfigWebhook({ chave }, { webhookUrl }));
  await take('pixDetailWebhook', 'PixDetailWebhookResponseSchema', client.pixDetailWebhook({ chave }));
  await take('pixListWebhook', 'PixListWebhookResponseSchema', client.pixListWebhook(period));
}

async function charges(client: efi.EfiPay, chave: string, sim: Sim, take: Take): Promise<void> {
  const [full, bare, gone] = ['Full', 'Bare', 'Gone'].map((it) => `${it}${'0'.repeat(24)}`) as [string, string, string];
  const least = { calendario: { expiracao: 3600 }, valor: { original: '10.00' }, chave };
  const most = {
    ...least,
    devedor: { cnpj: '12345678000195', nome: 'Empresa' },
    solicitacaoPagador: 'Pedido 1',
    infoAdicionais: [{ nome: 'Mesa', valor: '4' }],
  };
  const detail = (txid: string): Promise<unknown> =>
    take('pixDetailCharge', 'PixDetailChargeResponseSchema', client.pixDetailCharge({ txid }));
  const make = (txid: string, body: typeof least): Promise<unknown> =>
    take('pixCreateCharge', 'PixCreateChargeResponseSchema', client.pixCreateCharge({ txid }, body));
  await make(full, most);
  await make(bare, least);
  await make(gone, { ...least, devedor: { cpf: '12345678909', nome: 'Maria' } } as typeof least);
  const change = (txid: string, body: object): Promise<unknown> =>
    take('pixUpdateCharge', 'PixUpdateChargeResponseSchema', client.pixUpdateCharge({ txid }, body));
  await change(full, { valor: { original: '12.50' } });
  await change(gone, { status: 'REMOVIDA_PELO_USUARIO_RECEBEDOR' });
  for (const txid of [full, gone]) await detail(txid);
  const earlier = client.pixDetailCharge({ txid: full, revisao: 0 });
  await take('pixDetailCharge', 'PixDetailChargeResponseSchema', earlier);

  const { endToEndId: e2eId = '' } = await sim('POST', `pix/${full}/pay`);
  await sim('POST', `pix/${bare}/pay`);
  await sim('POST', 'pix/pay', { key: chave, amount: 100, txid: 'static' });
  const give = (id: string): Promise<unknown> =>
    take('pixDevolution', 'PixDevolutionResponseSchema', client.pixDevolution({ e2eId, id }, { valor: '2.00' }));
  await give('first');
  await sleep(400);
  await sim('PUT', 'faults', { provider: 'gerencianet', operation: 'pix.refund', kind: 'refund_fails', times: 1 });
  await give('second');
  await sleep(400);
  for (const id of ['first', 'second']) {
    const refund = client.pixDetailDevolution({ e2eId, id });
    await take('pixDetailDevolution', 'PixDetailDevolutionResponseSchema', refund);
  }
  for (const txid of [full, bare]) await detail(txid);
  await take('pixListCharges', 'PixListChargesResponseSchema', client.pixListCharges(period));
  await take('pixDetailReceived', 'PixDetailReceivedResponseSchema', client.pixDetailReceived({ e2eId }));
  await take('pixReceivedList', 'PixListReceivedResponseSchema', client.pixReceivedList(period));

  await make(full, least); // taken
  await detail('Nobody00000000000000000000000');
  await give('first');
  await change(full, { valor: { original: '1.00' } });
  await take('pixDetailReceived', '', client.pixDetailReceived({ e2eId: 'E1' }));
  await take('pixDetailDevolution', '', client.pixDetailDevolution({ e2eId, id: 'third' }));
}

/** Whom a slip is to be notified to, and the tokens that he was told. */
async function listener() {
  const tokens: string[] = [];
  const server = createServer((request, response) => {
    request.on('data', (chunk: Buffer) => tokens.push(new URLSearchParams(chunk.toString()).get('notification') ?? ''));
    request.on('end', () => response.end());
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/notified`, tokens, server };
}

async function slips(client: efi.EfiPay, sim: Sim, take: Take): Promise<void> {
  const heard = await listener();
  const customer = { name: 'Maria da Silva', cpf: '12345678909', phone_number: '11987654321' };
  const firm = { juridical_person: { corporate_name: 'Empresa', cnpj: '11222333000181' } };
  const place = { street: 'Rua A', number: '1', neighborhood: 'B', zipcode: '01001000', city: 'C', state: 'SP' };
  const configurations = { days_to_write_off: 5, fine: 200, interest: { value: 33, type: 'daily' as const } };
  const make = (custom_id: string, banking_billet: object) => {
    const body = {
      items: [{ name: 'Curso', value: 1000, amount: 1 }],
      shippings: [{ name: 'Entrega', value: 100 }],
      metadata: { custom_id, notification_url: heard.url },
      payment: { banking_billet: { expire_at: '2190-01-01', ...banking_billet } },
    };
    const asking = client.createOneStepCharge(body as unknown as efi.CreateOneStepChargeBody);
    return take('createOneStepCharge', 'CreateOneStepChargeResponseSchema', asking);
  };
  const idOf = (it: unknown): number => (it as { data: { charge_id: number } }).data.charge_id;
  const paid = await make('one', { customer: { ...customer, address: place }, configurations, message: 'Oi' });
  const id = idOf(paid);
  const gone = idOf(await make('two', { customer: firm }));
  const settled = idOf(await make('two', { customer: { ...customer, ...firm, address: place } }));
  const detail = (id: number) => take('detailCharge', 'DetailChargeResponseSchema', client.detailCharge({ id }));
  await detail(gone);
  await take(
    'updateBillet',
    'UpdateBilletResponseSchema',
    client.updateBillet({ id: gone }, { expire_at: '2190-02-01' }),
  );
  const named = client.updateChargeMetadata({ id: gone }, { custom_id: 'three' });
  await take('updateChargeMetadata', 'UpdateChargeMetadataResponseSchema', named);
  await take('cancelCharge', 'CancelChargeResponseSchema', client.cancelCharge({ id: gone }));
  await take('settleCharge', 'SettleChargeResponseSchema', client.settleCharge({ id: settled }));
  const line = (paid as { data: { barcode: string } }).data.barcode.replaceAll(/\D/g, '');
  await sim('POST', `bankslips/${line}/pay`);
  for (const it of [id, gone, settled]) await detail(it);
  const whole = { charge_type: 'billet', begin_date: '2020-01-01', end_date: '2199-01-01' } as const;
  await take('listCharges', 'ListChargesResponseSchema', client.listCharges(whole));
  await take('listCharges', 'ListChargesResponseSchema', client.listCharges({ ...whole, custom_id: 'nobody' }));
  for (const token of new Set(heard.tokens))
    await take('getNotification', 'GetNotificationResponseSchema', client.getNotification({ token }));
  await take('cancelCharge', '', client.cancelCharge({ id }));
  await take('detailCharge', '', client.detailCharge({ id: 1 }));
  await make('four', { customer, expire_at: '2020-01-01' });
  heard.server.closeAllConnections();
  heard.server.close();
}

if (process.send) {
  process.once('message', (errand) => {
    play(errand as Errand).then(
      (brought) => process.send!(brought, () => process.exit(0)),
      (error: unknown) => {
        process.stderr.write(String(error));
        process.exit(1);
      },
    );
  });
}
