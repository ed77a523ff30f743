import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { type AddressInfo, type Server, type Socket, createServer as createTcp } from 'node:net';
import type { PeerCertificate, TLSSocket } from 'node:tls';
import type { Certificates } from './certificates.js';

export type Serve = (request: IncomingMessage, response: ServerResponse) => void;
interface Setting {
  readonly host: string;
  readonly port: number; // preferred; another one is taken when it is in use
  readonly certificates: Certificates;
  readonly refuses: () => boolean;
  readonly serve: Serve;
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

/**
 * Mutual TLS behind a plain TCP door. The door sees a connection before its first byte: turned away there, a client
 * knows that nothing was read, because its handshake never ended.
 */
export class Listener {
  private readonly sockets = new Map<number, Socket>();
  private constructor(
    private readonly door: Server,
    readonly port: number,
  ) {}

  static async open(setting: Setting): Promise<Listener> {
    const { certificates, refuses, serve } = setting;
    const https = createHttps(
      {
        ...certificates.server,
        ca: certificates.ca,
        requestCert: true,
        rejectUnauthorized: true,
        minVersion: 'TLSv1.2',
        keepAliveTimeout: 75_000,
      },
      serve,
    );
    https.on('tlsClientError', () => undefined);
    https.on('secureConnection', (socket: TLSSocket) => {
      // A certificate of ours that belongs to somebody else ends as a hang-up, as the provider's own does.
      const peer: Partial<PeerCertificate> = socket.getPeerCertificate();
      if (peer.subject?.CN !== certificates.clientName) socket.destroy();
    });
    const door = createTcp({ noDelay: true }, (socket) => {
      socket.on('error', () => undefined);
      if (refuses()) return void socket.resetAndDestroy();
      const port = socket.remotePort ?? 0;
      listener.sockets.set(port, socket);
      socket.once('close', () => {
        if (listener.sockets.get(port) === socket) listener.sockets.delete(port);
      });
      https.emit('connection', socket);
    });
    const port = await bind(door, setting.port, setting.host).catch(() => bind(door, 0, setting.host));
    const listener = new Listener(door, port);
    return listener;
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

  close(): Promise<void> {
    this.cutAll();
    return new Promise((resolve) => {
      this.door.close(() => resolve());
    });
  }
}
