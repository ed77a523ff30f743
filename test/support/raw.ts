import { Agent, request } from 'node:http';

/** A request to the letter: nothing is added, corrected or refused on its way. */
export interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}
export interface Heard {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: unknown;
}
export interface Line {
  send(sent: Sent): Promise<Heard>;
  close(): void;
}

/** Connections to a server that are kept, `most` at a time. */
export function openLine(base: string, most: number): Line {
  const { hostname, port } = new URL(base);
  const agent = new Agent({ keepAlive: true, maxSockets: most });
  const once = ({ method, path, headers, body }: Sent): Promise<Heard> =>
    new Promise((resolve, reject) => {
      const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
      const options = { agent, hostname, port, method, path, headers: { ...length, ...headers } };
      const asking = request(options, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () =>
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: parsed(Buffer.concat(chunks)) }),
        );
      });
      asking.on('error', reject);
      asking.end(body);
    });
  return {
    // A kept connection may be closed at the other end just as it is taken: nothing was read of what it was sent.
    send: (sent) => once(sent).catch(() => once(sent)),
    close: () => agent.destroy(),
  };
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}

/** Does something with every item, so many at a time, in order of their beginnings. */
export async function eachOf<T>(items: Iterable<T>, width: number, act: (item: T) => Promise<void>): Promise<void> {
  const left = items[Symbol.iterator]();
  const worker = async (): Promise<void> => {
    for (let next = left.next(); next.done !== true; next = left.next()) await act(next.value);
  };
  await Promise.all(Array.from({ length: width }, worker));
}
