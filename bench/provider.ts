import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { setTimeout as wait } from 'node:timers/promises';
import { readFileSync } from 'node:fs';
import { certificates } from '@apps/sandbox/certificates.js';

/** A provider that answers at once, or after `BENCH_DELAY_MS`, and remembers nothing: what is measured is not it. */
const papers = await certificates(process.env['BENCH_FOLDER'] ?? '.');
let delayMs = 0;

const secure = createSecureServer(
  {
    ca: readFileSync(papers.certificates.caFile),
    cert: papers.certificates.server.cert,
    key: papers.certificates.server.key,
    requestCert: true,
    rejectUnauthorized: true,
  },
  (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = chunks.length > 0 ? (JSON.parse(Buffer.concat(chunks).toString()) as Record<string, object>) : {};
      const answer = canned(request.url ?? '', body);
      const send = (): void =>
        void response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.text);
      if (delayMs > 0) void wait(delayMs).then(send);
      else send();
    });
  },
);

function canned(url: string, body: Record<string, object>): { readonly status: number; readonly text: string } {
  if (url.startsWith('/oauth')) {
    return {
      status: 200,
      text: '{"access_token":"bench","token_type":"Bearer","expires_in":3600,"scope":"cob.write"}',
    };
  }
  if (url.startsWith('/v2/webhook')) return { status: 201, text: '{"webhookUrl":"http://127.0.0.1/"}' };
  const txid = url.split('/').at(-1) ?? '';
  const made = { criacao: '2026-01-01T00:00:00.000Z', ...body['calendario'] };
  const text = JSON.stringify({
    ...body,
    calendario: made,
    txid,
    revisao: 0,
    status: 'ATIVA',
    location: 'qrcodespix.sejaefi.com.br/v2/bench',
    pixCopiaECola:
      '00020101021226580014br.gov.bcb.pix520400005303986540510.005802BR5905BENCH6009SAO PAULO62070503***6304ABCD',
  });
  return { status: 201, text };
}

const port = (server: { address(): unknown }): number => (server.address() as { port: number }).port;
await new Promise<void>((resolve) => secure.listen(0, '127.0.0.1', resolve));
const control = createServer((request, response) => {
  const delay = /^\/delay\/(\d+)$/.exec(request.url ?? '')?.[1];
  if (delay !== undefined) delayMs = Number(delay);
  response.end(JSON.stringify({ gerencianet: `https://localhost:${port(secure)}` }));
});
await new Promise<void>((resolve) => control.listen(0, '127.0.0.1', resolve));
process.send?.({
  url: `http://127.0.0.1:${port(control)}`,
  provider: `https://localhost:${port(secure)}`,
  caFile: papers.certificates.caFile,
  account: papers.account,
});
