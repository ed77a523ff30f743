import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { type JobHandler, jobMetadata, type JobOptions, Queue, tickMetadata } from './queue.js';

export interface Periodic {
  readonly name: string;
  readonly everyMs: number;
}
export interface Tick {
  readonly name: string;
  readonly run: () => Promise<number>;
}

/** Every `@OnJob` and `@OnTick` method of the process, found at boot. Two handlers for one name stop the boot. */
@Injectable()
export class Handlers implements OnModuleInit {
  private readonly handlers = new Map<string, JobHandler>();
  readonly periodic: Periodic[] = [];
  readonly ticks: Tick[] = [];

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly queue: Queue,
  ) {}

  onModuleInit(): void {
    const instances = new Set<unknown>(this.discovery.getProviders().map(({ instance }) => instance as unknown));
    for (const instance of instances) {
      if (typeof instance !== 'object' || instance === null) continue;
      const prototype = Object.getPrototypeOf(instance) as object | null;
      if (prototype === null) continue;
      for (const method of this.scanner.getAllMethodNames(prototype)) this.look(instance, method);
    }
    this.queue.knows(this.names);
  }

  get names(): string[] {
    return [...this.handlers.keys()];
  }

  /** @throws Error when the name has no handler. */
  find(name: string): JobHandler {
    const handler = this.handlers.get(name);
    if (!handler) throw new Error(`the job ${name} has no handler`);
    return handler;
  }

  private look(instance: object, method: string): void {
    const member: unknown = Reflect.get(instance, method);
    if (typeof member !== 'function') return;
    const run: unknown = member.bind(instance);
    if (Reflect.hasMetadata(tickMetadata, member)) {
      this.ticks.push({ name: `${instance.constructor.name}.${method}`, run: run as Tick['run'] });
    }
    const mark = Reflect.getMetadata(jobMetadata, member) as { name: string; options: JobOptions } | undefined;
    if (!mark) return;
    if (this.handlers.has(mark.name)) throw new Error(`the job ${mark.name} has two handlers`);
    this.handlers.set(mark.name, run as JobHandler);
    if (mark.options.everyMs !== undefined) this.periodic.push({ name: mark.name, everyMs: mark.options.everyMs });
  }
}
