import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { EntityManager } from '@mikro-orm/postgresql';
import { clockOffsetMs } from './clock.js';
import { Config } from './config.js';
import { PollEngine } from './engine.poll.js';
import { Handlers, type Tick } from './handlers.js';
import { Leases } from './leases.js';
import { point } from './point.js';
import { Queue } from './queue.js';
import { pause, timer } from './timer.js';
import { type Engine, said, Work } from './work.js';

const idleMs = 200;
const plantMs = 500;
const longestPauseMs = 5_000;
const stuckMs = 15_000;
/** A transaction that adds jobs has usually committed by then. */
const nudgeMs = 25;

/** The loop of a process that works: ticks, periodic rows, leases. A process that only serves never starts it. */
@Injectable()
export class Runner implements OnModuleDestroy {
  private readonly log = new Logger('Jobs');
  private readonly leases: Leases;
  private readonly work: Work;
  private engine?: Engine;
  private going?: Promise<void>;
  private ending?: Promise<void>;
  private woken = false;
  private wake: () => void = () => {};
  private nudged?: NodeJS.Timeout;
  private renewing?: NodeJS.Timeout;
  private readonly sick = new Set<string>();
  private turned = timer(0);
  private planted = { left: timer(0), offsetMs: 0 };

  constructor(
    em: EntityManager,
    private readonly config: Config,
    private readonly handlers: Handlers,
    private readonly queue: Queue,
  ) {
    this.leases = new Leases(em, config.JOB_LEASE_MS);
    this.work = new Work(handlers, this.leases, () => this.hurry());
  }

  /** @throws Error when rows wait whose names have no handler: an older release must not leave them lying. */
  async start(): Promise<void> {
    if (this.going) return;
    const strangers = await this.leases.strangers(this.handlers.names);
    if (strangers.length > 0) throw new Error(`jobs wait that have no handler: ${strangers.join(', ')}`);
    const { REDIS_URL } = this.config;
    this.engine = REDIS_URL ? await this.bull(REDIS_URL) : new PollEngine(this.work);
    this.engine.start();
    this.queue.onAdd(() => this.nudge());
    this.renewing = setInterval(() => void this.renew(), this.config.JOB_LEASE_MS / 3);
    this.going = this.loop(this.engine);
    this.log.log(`Jobs run by ${REDIS_URL ? 'Bull' : 'polling'}: ${this.handlers.names.length} names`);
  }

  /** What only it needs is loaded only for it. */
  private async bull(redisUrl: string): Promise<Engine> {
    const { BullEngine } = await import('./engine.bull.js');
    return new BullEngine(this.work, this.leases, redisUrl);
  }

  /** Takes no more work and waits for what runs, no longer than a lease. */
  stop(): Promise<void> {
    return (this.ending ??= this.end());
  }

  /** Whether Redis answers; undefined where it carries nothing. */
  redis(): 'up' | 'down' | undefined {
    const up = this.engine?.up?.();
    return up === undefined ? undefined : up ? 'up' : 'down';
  }

  /** Whether it has looked for work a moment ago, and the database has answered. */
  working(): boolean {
    return this.turned() > 0;
  }

  onModuleDestroy(): Promise<void> {
    return this.stop();
  }

  /** Looks for work soon: somebody is about to commit some. */
  nudge(): void {
    this.nudged ??= setTimeout(() => {
      this.nudged = undefined;
      this.hurry();
    }, nudgeMs).unref();
  }

  private async end(): Promise<void> {
    const { engine, going } = this;
    if (!engine || !going) return;
    clearTimeout(this.nudged);
    const left = timer(this.config.JOB_LEASE_MS);
    const pausing = engine.pause();
    this.hurry();
    await Promise.race([going, pause(left())]);
    await pausing;
    await this.work.drained(left());
    clearInterval(this.renewing);
    await engine.close();
  }

  private async loop(engine: Engine): Promise<void> {
    for (let failures = 0; !this.ending;) {
      try {
        const busy = await this.turn(engine);
        this.turned = timer(stuckMs);
        if (failures > 0) this.log.log('The database answers again');
        failures = 0;
        if (!busy) await this.rest(idleMs);
      } catch (error) {
        if (failures === 0) this.log.error(`The database does not answer, jobs wait: ${said(error)}`);
        failures += 1;
        this.turned = timer(0);
        await this.rest(Math.min(idleMs * 2 ** failures, longestPauseMs), true);
      }
    }
  }

  /** Whether something was done: then there may be more at once. */
  private async turn(engine: Engine): Promise<boolean> {
    await this.plant();
    let did = 0;
    for (const tick of this.handlers.ticks) did += await this.tick(tick);
    const room = this.ending ? 0 : await engine.room();
    if (room > 0) {
      const leases = await this.leases.take(this.handlers.names, room, [...this.work.running.keys()]);
      for (const { name } of leases) point('job.leased', name);
      await engine.carry(leases);
      did += leases.length;
    }
    return did > 0;
  }

  private async plant(): Promise<void> {
    if (this.planted.left() > 0 && this.planted.offsetMs === clockOffsetMs()) return;
    const offsetMs = clockOffsetMs();
    await this.leases.plant(this.handlers.periodic);
    this.planted = { left: timer(plantMs), offsetMs };
  }

  private async tick({ name, run }: Tick): Promise<number> {
    try {
      const did = await run();
      this.sick.delete(name);
      return did;
    } catch (error) {
      if (!this.sick.has(name)) this.log.error(`${name} failed, it is called again: ${said(error)}`);
      this.sick.add(name);
      return 0;
    }
  }

  private async renew(): Promise<void> {
    try {
      await this.leases.renew(this.work.running);
    } catch (error) {
      this.log.warn(`leases were not renewed: ${said(error)}`);
    }
  }

  private hurry(): void {
    this.woken = true;
    this.wake();
  }

  /** Until the time is over, or there is a reason to look again. A pause after a failure is only cut by the end. */
  private async rest(ms: number, stubborn = false): Promise<void> {
    const left = timer(ms);
    while (left() > 0 && !this.ending) {
      if (this.woken && !stubborn) break;
      await new Promise<void>((resolve) => {
        const waiting = setTimeout(resolve, Math.max(1, left()));
        this.wake = () => {
          clearTimeout(waiting);
          resolve();
        };
      });
    }
    this.woken = false;
  }
}
