import { type ChildProcess, fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const dist = join(import.meta.dirname, '..');
/** What Node is told where the API serves and where jobs run: the scripts say it. */
const { scripts } = JSON.parse(readFileSync(join(dist, '../package.json'), 'utf8')) as {
  readonly scripts: Readonly<Record<'api' | 'worker', string>>;
};
const jobs: readonly string[] = ['apps/worker/main.js', 'bench/looper.js', 'bench/replay.js', 'bench/statement.js'];
const flagsOf = (file: string): string[] => scripts[jobs.includes(file) ? 'worker' : 'api'].match(/--\S+/g) ?? [];
type Env = Readonly<Record<string, string>>;

export interface Started<T> {
  readonly child: ChildProcess;
  readonly said: T;
}

/** Starts a built file as a process and waits for its first message. */
export async function start<T>(file: string, env: Env, more: readonly string[] = []): Promise<Started<T>> {
  const child = fork(join(dist, file), {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    execArgv: [...flagsOf(file), ...more],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const said = await new Promise<T>((resolve, reject) => {
    child.once('message', (message) => resolve(message as T));
    child.once('exit', (code) => reject(new Error(`${file} ended with ${code}`)));
  });
  return { child, said };
}

export async function stop({ child }: Started<unknown>): Promise<void> {
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await gone;
}

/** CPU seconds that a process has used, of user and system. Linux counts in hundredths. */
export function cpuMs({ child }: Started<unknown>): number {
  const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

export function rssMb({ child }: Started<unknown>): number {
  const line = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? '0';
  return Math.round(Number(line) / 1024);
}

/** Tells a process something and waits for what it says next. */
export function ask<T>({ child }: Started<unknown>, message: object): Promise<T> {
  const answer = new Promise<T>((resolve, reject) => {
    const ended = (code: number | null): void => reject(new Error(`it ended with ${code}`));
    child.once('exit', ended);
    child.once('message', (said) => {
      child.removeListener('exit', ended);
      resolve(said as T);
    });
  });
  child.send(message);
  return answer;
}
