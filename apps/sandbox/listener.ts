import {
  type IncomingMessage,
  type Server as HttpServer,
  type ServerResponse,
  createServer as createHttp,
} from 'node:http';
import { createServer as createHttps } from 'node:https';
import { type AddressInfo, type Server, type Socket, createServer as createTcp } from 'node:net';
import type { PeerCertificate, TLSSocket } from 'node:tls';
import type { Certificates } from './certificates.js';

/** Mutual: TLS that wants our client certificate. Plain: HTTP without TLS. */
export type Scheme = 'mutual' | 'tls' | 'plain';
/** One request, and the listener it came by. */
export interface Line {
  readonly listener: Listener;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}
interface Setting {
  readonly scheme: Scheme;
  readonly host: string;
  readonly port: number; // preferred; another one is taken when it is in use
  readonly certificates: Certificates;
  readonly refuses: () => boolean;
  readonly serve: (line: Line) => void;
}

/** Listens on this port and answers it, or the one that was free when it is 0. Throws when it is taken. */
export function bind(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.removeListener('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

type Take = (request: IncomingMessage, response: ServerResponse) => void;
const keepAliveTimeout = 75_000;

function secure(scheme: 'mutual' | 'tls', certificates: Certificates, take: Take): HttpServer {
  const client = { ca: certificates.ca, requestCert: true, rejectUnauthorized: true };
  const mutual = scheme === 'mutual';
  const options = { ...certificates.server, ...(mutual && client), minVersion: 'TLSv1.2', keepAliveTimeout } as const;
  const https = createHttps(options, take);
  https.on('tlsClientError', () => undefined);
  https.on('secureConnection', (socket: TLSSocket) => {
    // A certificate of ours that belongs to somebody else ends as a hang-up, as the provider's own does.
    const peer: Partial<PeerCertificate> = mutual ? socket.getPeerCertificate() : {};
    if (mutual && peer.subject?.CN !== certificates.clientName) socket.destroy();
  });
  return https;
}

/**
 * A server behind a plain TCP door. The door sees a connection before its first byte: turned away there, a client of
 * TLS knows that nothing was read, because its handshake never ended. Without TLS only a closed port proves that.
 */
export class Listener {
  private readonly sockets = new Map<number, Socket>();
  private constructor(
    private readonly door: Server,
    private readonly host: string,
    private readonly scheme: Scheme,
    readonly port: number,
  ) {}

  static async open(setting: Setting): Promise<Listener> {
    const { scheme, host, certificates, refuses, serve } = setting;
    const take: Take = (request, response) => serve({ listener, request, response });
    const http = scheme === 'plain' ? createHttp({ keepAliveTimeout }, take) : secure(scheme, certificates, take);
    const door = createTcp({ noDelay: true }, (socket) => {
      socket.on('error', () => undefined);
      if (refuses()) return void socket.resetAndDestroy();
      const port = socket.remotePort ?? 0;
      listener.sockets.set(port, socket);
      socket.once('close', () => {
        if (listener.sockets.get(port) === socket) listener.sockets.delete(port);
      });
      http.emit('connection', socket);
    });
    const port = await bind(door, setting.port, host).catch(() => bind(door, 0, host));
    const listener = new Listener(door, host, scheme, port);
    return listener;
  }

  /** Where it is reached. The certificate is good for a name, not for every address it may be bound to. */
  get url(): string {
    const everywhere = this.host === '0.0.0.0' || this.host === '::';
    const host = everywhere ? 'localhost' : this.host.includes(':') ? `[${this.host}]` : this.host;
    return this.scheme === 'plain' ? `http://${host}:${this.port}` : `https://localhost:${this.port}`;
  }

  /** Whether it turns connections away one by one. */
  get counts(): boolean {
    return this.scheme !== 'plain';
  }

  /** Cuts the connection a request came on, as hard as the network allows. */
  cut(request: IncomingMessage): void {
    const raw = this.sockets.get(request.socket.remotePort ?? 0);
    if (raw) raw.resetAndDestroy();
    else request.socket.destroy();
  }

  cutAll(): void {
    for (const socket of this.sockets.values()) socket.resetAndDestroy();
  }

  /**
   * Nobody is let in: open connections end at once. Over TLS the door turns new ones away and counts them; without it
   * the port is closed, which no one can count, until it is opened again.
   */
  async refuse(): Promise<void> {
    this.cutAll();
    if (this.scheme === 'plain') await this.shut();
  }

  /** Lets everybody in again. */
  async admit(): Promise<void> {
    if (!this.door.listening) await bind(this.door, this.port, this.host);
  }

  async close(): Promise<void> {
    this.cutAll();
    await this.shut();
  }

  private shut(): Promise<void> {
    return new Promise((resolve) => {
      if (this.door.listening) this.door.close(() => resolve());
      else resolve();
    });
  }
}
