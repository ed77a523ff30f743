import { generateKeyPair, randomBytes, randomUUID, sign } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import forge from 'node-forge';
import { clockOffsetMs, now } from '@libs/kernel/clock.js';

/** What the provider gives a customer; `certificate` is a .p12 in base64 with an empty passphrase. */
export interface Account {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly certificate: string;
  readonly pixKey: string;
}
/** PEM texts: of the authority, of the server, of the client that calls our webhooks; and who may call the server. */
export interface Certificates {
  readonly caFile: string;
  readonly ca: string;
  readonly server: { readonly cert: string; readonly key: string };
  readonly caller: { readonly cert: string; readonly key: string };
  readonly clientName: string;
}
/** Names under which the server may be reached: this machine, or the service beside ours in a compose file. */
export const serverNames = ['localhost', 'sandbox', '127.0.0.1', '::1'] as const;

interface Pair {
  readonly key: forge.pki.rsa.PrivateKey;
  readonly pem: string;
  readonly cert: forge.pki.Certificate;
}
const generate = promisify(generateKeyPair);
const clientName = 'sandbox-customer';
const address = /^[\d.]+$|:/;

/** forge would take seconds to find primes and to sign in JavaScript: that is Node's, and only the X.509 is forge's. */
async function issue(name: string, use: 'authority' | 'serverAuth' | 'clientAuth', by?: Pair): Promise<Pair> {
  const pair = await generate('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  const key = forge.pki.privateKeyFromPem(pair.privateKey);
  const cert = forge.pki.createCertificate();
  const subject = [{ name: 'commonName', value: name }];
  // TLS compares with the machine's clock, which does not follow the simulated one.
  const today = now().getTime() - clockOffsetMs();
  cert.publicKey = forge.pki.publicKeyFromPem(pair.publicKey);
  cert.serialNumber = `01${randomBytes(8).toString('hex')}`; // positive, and in as few bytes as it goes
  cert.validity.notBefore = new Date(today - 86_400_000);
  cert.validity.notAfter = new Date(today + 20 * 365 * 86_400_000);
  cert.setSubject(subject);
  cert.setIssuer(by?.cert.subject.attributes ?? subject);
  cert.setExtensions(
    use === 'authority'
      ? [
          { name: 'basicConstraints', cA: true, critical: true },
          { name: 'keyUsage', keyCertSign: true, critical: true },
        ]
      : [
          { name: 'basicConstraints', cA: false },
          { name: 'extKeyUsage', [use]: true },
          ...(use === 'serverAuth' ? [{ name: 'subjectAltName', altNames: serverNames.map(altName) }] : []),
        ],
  );
  const signer = by?.pem ?? pair.privateKey;
  const native = (): string => sign('sha256', derOf(cert.tbsCertificate), signer).toString('binary');
  cert.sign({ ...key, sign: native }, forge.md.sha256.create());
  return { key, pem: pair.privateKey, cert };
}

const derOf = (it: forge.asn1.Asn1): Buffer => Buffer.from(forge.asn1.toDer(it).getBytes(), 'binary');

const altName = (name: string): object => (address.test(name) ? { type: 7, ip: name } : { type: 2, value: name });

const pem = (pair: Pair): { cert: string; key: string } => ({
  cert: forge.pki.certificateToPem(pair.cert),
  key: pair.pem,
});

function bundle(pair: Pair, authority: Pair): string {
  const store = forge.pkcs12.toPkcs12Asn1(pair.key, [pair.cert, authority.cert], '', { algorithm: 'aes256' });
  return derOf(store).toString('base64');
}

/** Everything is made in a folder beside the final one and then renamed: half a set of certificates cannot be left. */
async function make(directory: string): Promise<void> {
  const draft = `${directory}.new`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true });
  const authority = await issue('Sandbox Root CA', 'authority');
  const server = await issue('localhost', 'serverAuth', authority);
  const caller = await issue('webhook.sandbox', 'clientAuth', authority);
  const client = await issue(clientName, 'clientAuth', authority);
  const account: Account = {
    clientId: `Client_Id_${randomBytes(20).toString('hex')}`,
    clientSecret: `Client_Secret_${randomBytes(20).toString('hex')}`,
    certificate: bundle(client, authority),
    pixKey: randomUUID(),
  };
  const files: Readonly<Record<string, string>> = {
    'ca.pem': pem(authority).cert,
    'server.pem': pem(server).cert,
    'server.key': pem(server).key,
    'caller.pem': pem(caller).cert,
    'caller.key': pem(caller).key,
    'account.json': `${JSON.stringify(account, null, 2)}\n`,
  };
  for (const [name, content] of Object.entries(files)) writeFileSync(join(draft, name), content, { mode: 0o600 });
  renameSync(draft, directory);
}

/** Everything that was made at the first start. */
export interface Papers {
  readonly certificates: Certificates;
  readonly account: Account;
}

/** Where a simulated provider's account is written down, for whoever configures a lane by hand. */
export const accountFile = (directory: string, provider = 'gerencianet'): string =>
  provider === 'gerencianet'
    ? join(directory, 'certificates', 'account.json')
    : join(directory, 'accounts', `${provider}.json`);

/** A provider's account that is no more than names and secrets: made once, and read ever after. */
export function keptAccount<A>(directory: string, provider: string, make: () => A): A {
  const file = accountFile(directory, provider);
  if (!existsSync(file)) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(`${file}.new`, `${JSON.stringify(make(), null, 2)}\n`, { mode: 0o600 });
    renameSync(`${file}.new`, file);
  }
  return JSON.parse(readFileSync(file, 'utf8')) as A;
}

/** The certificates and the account of the directory, made at the first start and the same ever after. */
export async function certificates(directory: string): Promise<Papers> {
  const folder = join(directory, 'certificates');
  if (!existsSync(folder)) await make(folder);
  const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
  return {
    certificates: {
      caFile: join(folder, 'ca.pem'),
      ca: read('ca.pem'),
      server: { cert: read('server.pem'), key: read('server.key') },
      caller: { cert: read('caller.pem'), key: read('caller.key') },
      clientName,
    },
    account: JSON.parse(read('account.json')) as Account,
  };
}
