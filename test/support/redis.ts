import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createConnection, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A Redis of the test's own, in memory, on a port that it keeps over its deaths. */
export interface TestRedis {
  readonly url: string;
  start(): Promise<void>;
  /** As if the machine had lost its power: nothing is kept. */
  kill(): Promise<void>;
  /**
   * As if the network had, for so long: connections stay and nothing answers. (Not by SIGSTOP: a stopped process has
   * the kernel hang up on its whole group when the shell that began the run ends meanwhile.)
   */
  pause(ms: number): Promise<void>;
  /** One command without arguments that need quoting; its raw answer. */
  ask(command: string): Promise<string>;
}

/** Whether Debian's `redis-server` is installed here. */
export const redisInstalled = spawnSync('redis-server', ['--version']).status === 0;

/** A port that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

async function ask(port: number, command: string): Promise<string> {
  const socket = createConnection(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    socket.write(`${command}\r\n`);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    return answer.toString();
  } finally {
    socket.destroy();
  }
}

/** Not started yet: a test may want to see what happens without it. */
export async function prepareRedis(): Promise<TestRedis> {
  const port = await freePort();
  let child: ChildProcess | undefined;
  return {
    url: `redis://127.0.0.1:${port}`,
    ask: (command) => ask(port, command),
    async start() {
      const options = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
      child = spawn('redis-server', options, { stdio: 'ignore', cwd: '/' });
      for (let tries = 0; tries < 100; tries += 1) {
        if ((await ask(port, 'PING').catch(() => '')).startsWith('+PONG')) return;
        await sleep(50);
      }
      throw new Error('redis-server does not answer');
    },
    async kill() {
      if (!child || child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
    async pause(ms) {
      const answer = await ask(port, `CLIENT PAUSE ${ms} ALL`);
      if (!answer.startsWith('+OK')) throw new Error(`Redis does not pause: ${answer}`);
    },
  };
}
