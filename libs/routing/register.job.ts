import { EntityManager } from '@mikro-orm/postgresql';
import { Injectable, Logger } from '@nestjs/common';
import { Config } from '@libs/kernel/config.js';
import { OnJob, type JobView, Queue } from '@libs/kernel/queue.js';
import { timer } from '@libs/kernel/timer.js';
import { tx } from '@libs/kernel/transaction.js';
import { providerOf } from '@libs/providers/registry.js';
import { Credential } from './credential.entity.js';
import { Credentials } from './credentials.js';

const dayMs = 24 * 60 * 60 * 1_000;

/** Tells providers where to call us, where that is told on the wire: when a credential is made, and checked daily. */
@Injectable()
export class Register {
  private readonly logger = new Logger('callbacks');

  constructor(
    private readonly em: EntityManager,
    private readonly config: Config,
    private readonly credentials: Credentials,
    private readonly queue: Queue,
  ) {}

  @OnJob('routing.registerAll', { everyMs: dayMs })
  async all(): Promise<void> {
    await tx(this.em, async (em) => {
      const rows = await em.find(Credential, { retiredAt: null });
      await this.queue.add(
        em,
        rows.map(({ id }) => ({ name: 'routing.register', payload: { credential: id } })),
      );
    });
  }

  /** Repeating it is harmless. A provider that cannot be told now is told again, with growing pauses. */
  @OnJob('routing.register')
  async register({ payload }: JobView): Promise<void> {
    const em = this.em.fork();
    const credential = await em.findOneOrFail(Credential, String(payload['credential']));
    const told = providerOf(credential.provider).callbacks?.register;
    if (!told) return;
    const answer = await told({
      credentials: await this.credentials.open(credential.id),
      input: { url: await this.credentials.callbackUrl(credential) },
      leftMs: timer(this.config.PROVIDER_DEADLINE_MS),
    });
    const error = answer.kind === 'read' ? null : answer.message.slice(0, 500);
    await em.execute('update credential set callback_checked_at = clock_now(), callback_error = ? where id = ?', [
      error,
      credential.id,
    ]);
    if (error !== null) {
      this.logger.warn({ credential: credential.id, message: error });
      throw new Error(`the callback address was not taken: ${error}`);
    }
  }
}
