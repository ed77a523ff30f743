import { generateKeyPairSync, sign as signed } from 'node:crypto';
import { type Server, createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, type Server as TcpServer, type Socket, createServer as createTcpServer } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import forge from 'node-forge';
import { type Em, tx } from '@libs/kernel/transaction.js';
import { timer } from '@libs/kernel/timer.js';
import { type HttpAnswer, type HttpRequest, type HttpTls, closeHttp, send } from '@libs/providers/http.js';

interface Signed {
  readonly certificate: forge.pki.Certificate;
  readonly key: forge.pki.PrivateKey;
  readonly pem: { readonly cert: string; readonly key: string };
}

function sign(name: string, by?: Signed): Signed {
  const pair = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = forge.pki.publicKeyFromPem(pair.publicKey);
  certificate.serialNumber = `01${Buffer.from(name).toString('hex')}`;
  certificate.validity.notBefore = new Date('2020-01-01');
  certificate.validity.notAfter = new Date('2049-01-01');
  certificate.setSubject([{ name: 'commonName', value: name }]);
  certificate.setIssuer([{ name: 'commonName', value: by ? 'authority' : name }]);
  certificate.setExtensions([
    { name: 'basicConstraints', cA: by === undefined },
    { name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] },
  ]);
  const key = forge.pki.privateKeyFromPem(pair.privateKey);
  const native = (): string => {
    const bytes = Buffer.from(forge.asn1.toDer(certificate.tbsCertificate).getBytes(), 'binary');
    return signed('sha256', bytes, by?.pem.key ?? pair.privateKey).toString('binary');
  };
  certificate.sign({ ...key, sign: native }, forge.md.sha256.create());
  return { certificate, key, pem: { cert: forge.pki.certificateToPem(certificate), key: pair.privateKey } };
}

function p12(of: Signed): Buffer {
  const asn1 = forge.pkcs12.toPkcs12Asn1(of.key as forge.pki.rsa.PrivateKey, [of.certificate], '', {
    algorithm: 'aes256',
  });
  return Buffer.from(forge.asn1.toDer(asn1).getBytes(), 'binary');
}

const authority = sign('authority');
const stranger = sign('stranger');
const ca = authority.pem.cert;
const pfx = p12(sign('client', authority));
const server = sign('server', authority);

const open: { close(): unknown; closeAllConnections?(): void }[] = [];
afterEach(async () => {
  await closeHttp();
  for (const it of open.splice(0)) {
    it.closeAllConnections?.();
    it.close();
  }
});

async function port(of: Server | TcpServer): Promise<number> {
  open.push(of);
  await new Promise<void>((listening) => of.listen(0, listening));
  return (of.address() as AddressInfo).port;
}

/** A server that speaks bytes, and counts the requests it has begun to read. */
async function raw(answer: (socket: Socket, seen: number) => void): Promise<{ url: string; seen: () => number }> {
  let seen = 0;
  const tcp = createTcpServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', () => answer(socket, (seen += 1)));
  });
  return { url: `http://localhost:${await port(tcp)}/`, seen: () => seen };
}

const ask = (url: string, over: Partial<HttpRequest> = {}): Promise<HttpAnswer> =>
  send({ method: 'PUT', url, body: '{"valor":"1.00"}', leftMs: timer(1_000), ...over });
const told = (it: HttpAnswer): string => (it.kind === 'answered' ? `${it.status}` : `${it.kind} ${it.why}`);

const head = (length: number): string =>
  `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n`;

describe('what reached a connection', () => {
  const cases: [string, string, (socket: Socket) => void][] = [
    ['an answer', '200', (s) => s.write(`${head(2)}{}`)],
    [
      'a redirect, which is not followed',
      '302',
      (s) => s.write('HTTP/1.1 302 Found\r\nlocation: /x\r\ncontent-length: 0\r\n\r\n'),
    ],
    ['a reset after the request', 'unknown dropped', (s) => s.resetAndDestroy()],
    ['a close after the request', 'unknown dropped', (s) => s.end()],
    ['silence', 'unknown timeout', () => undefined],
    ['a head and then silence', 'unknown timeout', (s) => s.write(head(9))],
    ['a body that is cut', 'unknown dropped', (s) => s.end(`${head(99)}{"a":`)],
    [
      'a chunk that is cut',
      'unknown dropped',
      (s) => s.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\n{"a":'),
    ],
    [
      'a cut body of a closing connection',
      'unknown dropped',
      (s) => s.end('HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 99\r\n\r\n{"a":'),
    ],
    [
      'a cut chunk of a closing connection',
      'unknown dropped',
      (s) => s.end('HTTP/1.1 200 OK\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n9\r\n{"a":'),
    ],
    ['no HTTP', 'unknown garbled', (s) => s.write('SSH-2.0-OpenSSH\r\n\r\n')],
    ['an endless body', 'unknown garbled', (s) => s.write(`${head(1 << 24)}${'x'.repeat((1 << 20) + 1)}`)],
  ];
  it.each(cases)('%s: %s', async (_, expected, answer) => {
    const { url, seen } = await raw(answer);
    const leftMs = timer(expected === 'unknown timeout' ? 1_000 : 10_000);
    expect(told(await ask(url, { leftMs }))).toBe(expected);
    expect(seen()).toBe(1);
  });

  it('reads JSON, joins headers, leaves text alone', async () => {
    const http = createHttpServer((request, response) => {
      response.setHeader('X-Two', ['a', 'b']);
      response.end(request.url === '/json?q=1' ? '{"a":1}' : 'oops');
    });
    const url = `http://localhost:${await port(http)}`;
    expect(await ask(`${url}/json?q=1`)).toMatchObject({ json: { a: 1 }, headers: { 'x-two': 'a, b' } });
    expect(await ask(`${url}/text`)).toMatchObject({ status: 200, json: undefined, text: 'oops' });
  });

  it('opens another connection when the idle one was closed', async () => {
    const { url, seen } = await raw((socket) => socket.end(`${head(2)}{}`));
    for (const _ of [1, 2, 3]) {
      expect(told(await ask(url))).toBe('200');
      await new Promise((next) => setTimeout(next, 30));
    }
    expect(seen()).toBe(3);
  });

  it('never repeats what a closing server left unanswered', async () => {
    const { url, seen } = await raw((socket, n) => (n === 1 ? socket.write(`${head(2)}{}`) : socket.resetAndDestroy()));
    expect(told(await ask(url))).toBe('200');
    expect(told(await ask(url))).toBe('unknown dropped');
    expect(seen()).toBe(2);
  });
});

describe('what never reached one', () => {
  it('a port nobody listens on, a name nobody knows', async () => {
    const tcp = createTcpServer();
    const free = await port(tcp);
    await new Promise((closed) => tcp.close(closed));
    expect(told(await ask(`http://localhost:${free}/`))).toBe('unsent refused');
    expect(told(await ask('http://nobody.invalid/', { leftMs: timer(3_000) }))).toBe('unsent refused');
  });

  it('a server that hangs up or sleeps during the handshake', async () => {
    const hangs = await port(createTcpServer((socket) => socket.destroy()));
    const sleeps = await port(createTcpServer((socket) => open.push({ close: () => socket.destroy() })));
    expect(told(await ask(`https://localhost:${hangs}/`))).toBe('unsent refused');
    expect(told(await ask(`https://localhost:${sleeps}/`, { leftMs: timer(200) }))).toBe('unsent refused');
  });

  it('a deadline that has passed, before or after the connection was made', async () => {
    const { url, seen } = await raw((socket) => socket.write(`${head(2)}{}`));
    expect(told(await ask(url, { leftMs: () => 0 }))).toBe('unsent late');
    let asked = 0;
    const slept = (): number => ((asked += 1) <= 2 ? 5_000 : -60_000);
    expect(told(await ask(url, { leftMs: slept }))).toBe('unsent late');
    expect(seen()).toBe(0);
  });

  it('a certificate that cannot be read', async () => {
    const junk = { tls: { pfx: Buffer.from('junk'), ca } };
    expect(told(await ask('https://localhost:1/', junk))).toBe('unsent credentials');
  });
});

describe('TLS', () => {
  async function listener(
    options: { readonly maxVersion?: 'TLSv1.2' } = {},
  ): Promise<{ url: string; hits: () => number }> {
    let hits = 0;
    const { cert, key } = server.pem;
    const tls = { cert, key, ca, requestCert: true, rejectUnauthorized: true, ...options };
    const https = createHttpsServer(tls, (_, response) => {
      hits += 1;
      response.end('{}');
    });
    return { url: `https://localhost:${await port(https)}/`, hits: () => hits };
  }
  const cases: [string, string, HttpTls, 'TLSv1.2' | undefined][] = [
    ['with our certificate', '200', { pfx, ca }, undefined],
    ['with our certificate over 1.2', '200', { pfx, ca }, 'TLSv1.2'],
    ['an authority we do not trust', 'unsent refused', { pfx, ca: stranger.pem.cert }, undefined],
    ['without a certificate over 1.2', 'unsent refused', { ca }, 'TLSv1.2'],
    // In 1.3 the client has ended its handshake before it hears of the refusal: by then the request is written.
    ['without a certificate over 1.3', 'unknown dropped', { ca }, undefined],
  ];
  it.each(cases)('%s: %s', async (_, expected, tls, maxVersion) => {
    const { url, hits } = await listener(maxVersion ? { maxVersion } : {});
    expect(told(await ask(url, { tls }))).toBe(expected);
    expect(hits()).toBe(expected === '200' ? 1 : 0);
  });

  it('shares a connection only with the same certificate', async () => {
    let handshakes = 0;
    const { cert, key } = server.pem;
    const https = createHttpsServer({ cert, key, ca, requestCert: true }, (request, response) =>
      response.end(JSON.stringify((request.socket as TLSSocket).getPeerCertificate().subject.CN)),
    );
    https.on('secureConnection', () => (handshakes += 1));
    const url = `https://localhost:${await port(https)}/`;
    const other = p12(sign('other', authority));
    for (const _ of [1, 2, 3, 4]) {
      expect(await ask(url, { tls: { pfx, ca } })).toMatchObject({ json: 'client' });
      expect(await ask(url, { tls: { pfx: other, ca } })).toMatchObject({ json: 'other' });
    }
    expect(handshakes).toBeLessThan(8);
  });
});

it('is not called inside a transaction', async () => {
  // A transaction without a database: only the mark that `tx` leaves matters here.
  const em = { fork: () => em, transactional: (work: () => Promise<unknown>) => work() };
  await expect(tx(em as unknown as Em, () => ask('http://localhost:1/'))).rejects.toThrow('transaction');
});
