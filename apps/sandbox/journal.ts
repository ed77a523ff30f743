import { closeSync, existsSync, ftruncateSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';

/** One change of the simulated world: a row of a table as it stands now, or null when it is gone. */
export type Change = readonly [table: string, id: string, value: unknown];

interface Cents {
  readonly cents: string;
}
const isCents = (value: unknown): value is Cents =>
  typeof value === 'object' && value !== null && 'cents' in value && Object.keys(value).length === 1;

const plain = (_name: string, value: unknown): unknown => (typeof value === 'bigint' ? { cents: `${value}` } : value);
const encode = (changes: readonly Change[]): string => `${JSON.stringify(changes, plain)}\n`;
const decode = (line: string): Change[] =>
  JSON.parse(line, (_name, value: unknown) => (isCents(value) ? BigInt(value.cents) : value)) as Change[];

/**
 * An append-only file of JSON lines, one line per commit. A line is in the file before the answer that rests on it is
 * sent, so a killed process loses nothing that anybody was told. Nothing is synced: power loss may take the last lines.
 */
export class Journal {
  private size = 0;
  private fd: number;
  private closed = false;
  lines = 0;

  /** Opens or creates the file and tells every commit in it, in order. A torn last line was never answered. */
  constructor(
    private readonly file: string,
    tell: (changes: readonly Change[]) => void,
  ) {
    const stored = existsSync(file) ? readFileSync(file) : Buffer.alloc(0);
    const whole = stored.subarray(0, stored.lastIndexOf(10) + 1);
    for (const line of whole.toString('utf8').split('\n')) {
      if (line === '') continue;
      tell(decode(line));
      this.lines += 1;
    }
    this.fd = openSync(file, 'a', 0o600);
    this.size = whole.length;
    if (stored.length > whole.length) ftruncateSync(this.fd, whole.length);
  }

  /** Writes one commit. When the disk refuses, the file is put back as it was and the error is the caller's. */
  write(changes: readonly Change[]): void {
    this.size += this.put(this.fd, Buffer.from(encode(changes)), this.size);
    this.lines += 1;
  }

  /** Replaces the whole content at once: readers see the old file or the new one, never half of it. */
  rewrite(changes: readonly Change[]): void {
    const fresh = `${this.file}.new`;
    const fd = openSync(fresh, 'w', 0o600);
    const bytes = changes.map((change) => encode([change])).join('');
    this.size = this.put(fd, Buffer.from(bytes), 0);
    closeSync(fd);
    renameSync(fresh, this.file);
    closeSync(this.fd);
    this.fd = openSync(this.file, 'a', 0o600);
    this.lines = changes.length;
  }

  close(): void {
    this.closed = true;
    closeSync(this.fd);
  }

  private put(fd: number, bytes: Buffer, from: number): number {
    // The number of a closed file may be another file's by now.
    if (this.closed) throw new Error('the journal is closed');
    try {
      for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done);
      return bytes.length;
    } catch (error) {
      ftruncateSync(fd, from);
      throw error;
    }
  }
}
