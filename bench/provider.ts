import { randomUUID } from 'node:crypto';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { setTimeout as wait } from 'node:timers/promises';
import { readFileSync } from 'node:fs';
import { certificates } from '@apps/sandbox/certificates.js';
import { buildCode, printedLine } from '@libs/brazil/barcode.js';

/** Providers that answer at once, or after a delay, and remember nothing: what is measured is not them. */
const papers = await certificates(process.env['BENCH_FOLDER'] ?? '.');
const { ca, cert, key } = { ca: readFileSync(papers.certificates.caFile), ...papers.certificates.server };
let delayMs = 0;

const brCode =
  '00020101021226580014br.gov.bcb.pix520400005303986540510.005802BR5905BENCH6009SAO PAULO62070503***6304ABCD';
type Json = Readonly<Record<string, unknown>>;
interface Canned {
  readonly status: number;
  readonly text: string;
}
const answering =
  (canned: (url: string, body: Json) => Canned): RequestListener =>
  (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = chunks.length > 0 ? (JSON.parse(Buffer.concat(chunks).toString()) as Json) : {};
      const { status, text } = canned(request.url ?? '', body);
      const send = (): void => void response.writeHead(status, { 'content-type': 'application/json' }).end(text);
      if (delayMs > 0) void wait(delayMs).then(send);
      else send();
    });
  };

function gerencianet(url: string, body: Json): Canned {
  if (url.startsWith('/oauth')) {
    return {
      status: 200,
      text: '{"access_token":"bench","token_type":"Bearer","expires_in":3600,"scope":"cob.write"}',
    };
  }
  if (url.startsWith('/v2/webhook')) return { status: 201, text: '{"webhookUrl":"http://127.0.0.1/"}' };
  const txid = url.split('/').at(-1) ?? '';
  const made = { criacao: '2026-01-01T00:00:00.000Z', ...(body['calendario'] as object) };
  const removed = body['status'] !== undefined;
  const text = JSON.stringify({
    valor: { original: '10.00' },
    ...body,
    calendario: made,
    txid,
    revisao: 0,
    status: body['status'] ?? 'ATIVA',
    location: 'qrcodespix.sejaefi.com.br/v2/bench',
    pixCopiaECola: brCode,
  });
  return { status: removed ? 200 : 201, text };
}

let charges = 0;
/** A charge with its slip, each with a number of its own, and one bar code for all. */
function cobrancas(url: string, { items, payment }: Json): Canned {
  if (url.startsWith('/v1/authorize')) {
    return { status: 200, text: '{"access_token":"bench","token_type":"Bearer","expires_in":600}' };
  }
  const { value = 0 } = (items as readonly { readonly value: number }[] | undefined)?.[0] ?? {};
  const { expire_at: dueOn = '' } = (payment as { banking_billet?: { expire_at?: string } })?.banking_billet ?? {};
  const { line } = buildCode({ bank: '364', dueOn, amountCents: BigInt(value), freeField: '7'.repeat(25) });
  const page = `https://localhost/emissao/${(charges += 1)}`;
  const data = {
    barcode: printedLine(line),
    pix: { qrcode: brCode, qrcode_image: 'data:image/svg+xml;base64,' },
    link: page,
    billet_link: page,
    pdf: { charge: `${page}.pdf` },
    expire_at: dueOn,
    charge_id: charges,
    status: 'waiting',
    total: value,
    payment: 'banking_billet',
  };
  return { status: 200, text: JSON.stringify({ code: 200, data }) };
}

/** A sale that is authorised and captured; asked for one, there is none. */
function cielo(url: string, { MerchantOrderId, Customer, Payment }: Json): Canned {
  if (Payment === undefined) return { status: 404, text: '' };
  const { CreditCard, ...payment } = Payment as Json;
  const id = randomUUID();
  const text = JSON.stringify({
    MerchantOrderId,
    Customer,
    Payment: {
      ServiceTaxAmount: 0,
      Interest: 0,
      Authenticate: false,
      ...payment,
      CreditCard: { ...(CreditCard as Json), CardNumber: '402400******0011', SaveCard: false, Brand: 'Visa' },
      Tid: '1006993069000730801A',
      ProofOfSale: '674532',
      AuthorizationCode: '123456',
      PaymentId: id,
      ReceivedDate: '2026-01-01 00:00:00',
      CapturedAmount: payment['Amount'],
      CapturedDate: '2026-01-01 00:00:00',
      Provider: 'Simulado',
      ReturnCode: '6',
      ReturnMessage: 'Operation Successful',
      Status: 2,
      Links: [{ Method: 'GET', Rel: 'self', Href: `https://localhost${url}${id}` }],
    },
  });
  return { status: 201, text };
}

const listening = async (server: ReturnType<typeof createServer>): Promise<number> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as { port: number }).port;
};
const tls = { cert, key };
const mutual = { ...tls, ca, requestCert: true, rejectUnauthorized: true };
const places = {
  gerencianet: `https://localhost:${await listening(createSecureServer(mutual, answering(gerencianet)))}`,
  'gerencianet-cobrancas': `https://localhost:${await listening(createSecureServer(tls, answering(cobrancas)))}`,
  cielo: `https://localhost:${await listening(createSecureServer(tls, answering(cielo)))}`,
};
const control = createServer((request, response) => {
  const delay = /^\/delay\/(\d+)$/.exec(request.url ?? '')?.[1];
  if (delay !== undefined) delayMs = Number(delay);
  response.end(JSON.stringify(places));
});
const port = await listening(control);
process.send?.({
  url: `http://127.0.0.1:${port}`,
  places,
  caFile: papers.certificates.caFile,
  accounts: {
    gerencianet: papers.account,
    cielo: { environment: 'simulator', merchantId: randomUUID(), merchantKey: 'BENCH'.repeat(8) },
  },
});
