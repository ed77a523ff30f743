import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Client } from 'pg';
import { Config } from './config.js';
import { pause } from './timer.js';
import type { Em } from './transaction.js';

const channel = 'trilho_cache';
const mostEntries = 10_000;

interface Entry<V> {
  readonly value: Promise<V | undefined>;
  readonly until: number;
}

/** What was read a moment ago. An entry's life begins before its look-up: what is deleted meanwhile lives no longer. */
export class Cache<V> {
  private readonly entries = new Map<string, Entry<V>>();

  constructor(private readonly lifeMs: number) {}

  /**
   * The value of a key, loaded when it is not there; who comes meanwhile waits for the same look-up. What is undefined
   * is not kept: it may exist in a moment. Nor is what a look-up finds that `clear` has overtaken.
   */
  async get(key: string, load: () => Promise<V | undefined>): Promise<V | undefined> {
    const startedAt = performance.now();
    const kept = this.entries.get(key);
    const known = kept !== undefined && kept.until > startedAt ? await kept.value : undefined;
    return known ?? this.load(key, startedAt, load);
  }

  private async load(key: string, startedAt: number, load: () => Promise<V | undefined>): Promise<V | undefined> {
    const entry = { value: load(), until: startedAt + this.lifeMs };
    this.entries.delete(key);
    const [oldest] = this.entries.keys();
    if (oldest !== undefined && this.entries.size >= mostEntries) this.entries.delete(oldest);
    this.entries.set(key, entry);
    try {
      const value = await entry.value;
      if (value === undefined) this.drop(key, entry);
      return value;
    } catch (error) {
      this.drop(key, entry);
      throw error;
    }
  }

  private drop(key: string, entry: Entry<V>): void {
    if (this.entries.get(key) === entry) this.entries.delete(key);
  }

  clear(): void {
    this.entries.clear();
  }
}

/**
 * The short caches of a process, by name. A change clears the cache of that name in every process as it commits
 * (LISTEN); where that message is lost, the entries' short life does it.
 */
@Injectable()
export class Caches implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly caches = new Map<string, { clear(): void }>();
  private listener: Client | undefined;
  private closed = false;

  constructor(private readonly config: Config) {}

  /** A new cache. @throws Error when the name is taken: two owners would clear each other's without knowing. */
  open<V>(name: string, lifeMs = 4_000): Cache<V> {
    if (this.caches.has(name)) throw new Error(`two caches are called ${name}`);
    const cache = new Cache<V>(lifeMs);
    this.caches.set(name, cache);
    return cache;
  }

  /** Clears the cache of a name everywhere when the caller's transaction commits. */
  async clear(em: Em, name: string): Promise<void> {
    await em.execute('select pg_notify(?, ?)', [channel, name]);
    this.caches.get(name)?.clear();
  }

  onApplicationBootstrap(): void {
    void this.listen();
  }

  async onApplicationShutdown(): Promise<void> {
    this.closed = true;
    await this.listener?.end();
  }

  /** Listens until the connection ends, then begins again; what was said in between nobody knows, so all is cleared. */
  private async listen(): Promise<void> {
    while (!this.closed) {
      const client = new Client({ connectionString: this.config.DATABASE_URL, keepAlive: true });
      this.listener = client;
      const ended = new Promise<void>((resolve) => {
        client.once('end', resolve);
        client.on('error', () => resolve());
      });
      client.on('notification', ({ payload = '' }) => this.caches.get(payload)?.clear());
      try {
        await client.connect();
        await client.query(`listen ${channel}`);
        for (const cache of this.caches.values()) cache.clear();
        await ended;
      } catch {
        // The database is away: the pause below is all that can be done, and the short life of the entries holds.
      }
      if (this.closed) return;
      await client.end().catch(() => undefined);
      await pause(1_000);
    }
  }
}
