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
/** Between two questions after what nobody was told. */
const apartMs = 20;

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
    const url = await this.credentials.callbackUrl(credential);
    const answer = await told({
      credentials: await this.credentials.open(credential.id),
      input: { url, held: await this.credentials.holds(credential, url) },
      leftMs: timer(this.config.PROVIDER_DEADLINE_MS),
    });
    const error = answer.kind === 'read' ? null : answer.message.slice(0, 500);
    const secret = answer.kind === 'read' ? answer.data.secret : undefined;
    const fresh = await this.note(credential.id, error, secret === undefined ? undefined : { url, secret });
    if (error !== null) {
      this.logger.warn({ credential: credential.id, message: error });
      throw new Error(`the callback address was not taken: ${error}`);
    }
    if (fresh || !credential.callbackCheckedAt || credential.callbackError) await this.missed(credential);
  }

  /** What came of it, and the secret that came with it, in one commit. True: events are signed with it from now on. */
  private note(
    id: string,
    error: string | null,
    told: { readonly url: string; readonly secret: string } | undefined,
  ): Promise<boolean> {
    return tx(this.em, async (em) => {
      const fresh = told !== undefined && (await this.credentials.keep(em, id, told));
      const checked = 'update credential set callback_checked_at = clock_now(), callback_error = ? where id = ?';
      await em.execute(checked, [error, id]);
      return fresh;
    });
  }

  /**
   * What was paid while the provider did not know where to call was told to nobody: it is asked after now, the oldest
   * first and at a pace that leaves room for what else there is to ask and to tell.
   */
  private async missed({ id }: Credential): Promise<void> {
    await this.em.fork().execute(
      `update attempt set ask_at = clock_now() + (place - 1) * ? * interval '1 millisecond'
       from (
         select id, row_number() over (order by created_at, id) as place from attempt
         where credential_id = ? and state = 'pending' and ask_at is null
       ) as it
       where attempt.id = it.id and state = 'pending' and ask_at is null`,
      [apartMs, id],
    );
  }
}
