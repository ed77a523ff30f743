import { EntityManager } from '@mikro-orm/postgresql';
import { Injectable, Logger } from '@nestjs/common';
import { Cancels } from '@libs/charges/cancels.service.js';
import type { Merchant } from '@libs/kernel/caller.js';
import { Fault, RefusedFault } from '@libs/kernel/fault.js';
import { uuid } from '@libs/kernel/ids.js';
import { point } from '@libs/kernel/point.js';
import { type JobDraft, type JobView, OnJob, Queue } from '@libs/kernel/queue.js';
import { Reply } from '@libs/kernel/reply.js';
import { assertNoStrays } from '@libs/kernel/stray.js';
import { pause, timer } from '@libs/kernel/timer.js';
import { type Em, tx } from '@libs/kernel/transaction.js';
import { pauseMs } from '@libs/kernel/work.js';
import { Requests } from '@libs/requests/requests.service.js';
import type { Wish } from '@libs/requests/wish.js';
import { Attempt } from '@libs/routing/attempt.entity.js';
import { Health } from '@libs/routing/health.js';
import type { CanceledManyDto, CancelManyDto } from './pix.dto.js';
import { Pix } from './pix.entity.js';
import { pixMethod } from './pix.method.js';

const name = 'pix.cancelMany';
/** How long a caller waits for the end; what is left then goes on without him. */
const budgetMs = 10_000;
/** So many codes of one job are cancelled side by side. */
const abreast = 12;
const chargesPerJob = 1_000;
/** A quarter of an hour of growing pauses: what is not decided by then is left to those who ask after it. */
const mostTries = 10;

/** `opened`: of static codes, how often they had changed when the wish was heard. */
interface Task {
  readonly merchant: string;
  readonly charges: readonly string[];
  readonly opened: Readonly<Record<string, number>>;
}

/** `batch`: an id, which is later than that of every Pix that is meant. A repeat of a wish means those of the first. */
interface Asked {
  readonly merchant: Merchant;
  readonly codes: readonly string[];
  readonly batch: string;
}
/** How all Pix under one custom code stand together. */
interface Standing {
  readonly code: string;
  readonly known: boolean;
  readonly canceled: boolean;
  /** Under way, or waiting for its turn. */
  readonly processing: boolean;
  /** Pending, and nobody is about to cancel it. */
  readonly left: boolean;
  /** Of those, one that its provider would not cancel. */
  readonly refused: boolean;
}

/** Cancels every pending Pix of many codes: a job does it, and whoever asked for it waits a while for its end. */
@Injectable()
export class BulkCancel {
  private readonly log = new Logger('Pix');

  constructor(
    private readonly em: EntityManager,
    private readonly cancels: Cancels,
    private readonly health: Health,
    private readonly requests: Requests,
    private readonly queue: Queue,
  ) {}

  /** @throws RefusedFault (`cancel_failed`) when nothing is cancelled, and nothing is about to be. */
  async cancel(merchant: Merchant, wish: Wish, dto: CancelManyDto): Promise<Reply<CanceledManyDto>> {
    assertNoStrays(dto);
    const leftMs = timer(budgetMs);
    const asked: Asked = { merchant, codes: [...new Set(dto.customCodes)], batch: uuid() };
    point('claim.before', 'asked');
    const first = await tx(this.em, async (em) => {
      const earlier = await this.requests.claim(em, wish, asked.batch);
      if (earlier !== undefined) return earlier;
      await this.queue.add(em, await this.jobsFor(em, asked));
      told(await standings(em, asked)); // what is refused at once leaves no trace
      return undefined;
    });
    point('claim.after', 'asked');
    const same = { ...asked, batch: first ?? asked.batch };
    for (let waitMs = 20; ; waitMs = Math.min(waitMs * 2, 250)) {
      const standing = await standings(this.em.fork(), same);
      const over = leftMs() <= waitMs || !standing.some((it) => it.processing);
      if (over) return new Reply(200, told(standing), first !== undefined);
      await pause(waitMs);
    }
  }

  /** What waits for its payer under these codes, and for no job yet. */
  private async jobsFor(em: Em, { merchant: { merchantId, mode }, codes, batch }: Asked): Promise<JobDraft[]> {
    const rows = await em.execute<{ id: string; opened: number | null }[]>(
      `select id, case when reusable then coalesce((sequences ->> ?)::int, 0) end as opened from charge
       where merchant_id = ? and mode = ? and type = 'pix' and status = 'pending' and in_flight is null and id < ?
         and custom_code in (select jsonb_array_elements_text(?::jsonb)) and id not in (${queued})
       order by id`,
      [pixMethod.change, merchantId, mode, batch, JSON.stringify(codes), merchantId],
    );
    const jobs: JobDraft[] = [];
    for (let at = 0; at < rows.length; at += chargesPerJob) {
      const part = rows.slice(at, at + chargesPerJob);
      const opened = Object.fromEntries(part.flatMap((it) => (it.opened === null ? [] : [[it.id, it.opened]])));
      const task: Task = { merchant: merchantId, charges: part.map(({ id }) => id), opened };
      jobs.push({ name, payload: { ...task } });
    }
    return jobs;
  }

  /**
   * One try for each, and another one for what was under way and turns out not to have been done. What could not be
   * cancelled then stays as it was, and whoever asks again reads that.
   */
  @OnJob(name)
  async run({ payload, tries }: JobView): Promise<void | { readonly againMs: number }> {
    const { charges, opened } = payload as unknown as Task;
    const pending = { id: { $in: [...charges] }, status: 'pending' } as const;
    const found = await this.em.fork().find(Pix, { ...pending, inFlight: null });
    // A static code that was closed and opened again meanwhile is not the one that was meant.
    const waiting = found.filter((it) => !it.reusable || opened[it.id] === (it.sequences[pixMethod.change] ?? 0));
    const serve = async (): Promise<void> => {
      for (let it = waiting.shift(); it !== undefined; it = waiting.shift()) await this.one(it);
    };
    const first = waiting.shift();
    if (first) await this.one(first); // alone: it may be the one try of a provider that was away
    await Promise.all(Array.from({ length: abreast }, serve));
    const open = await this.em.fork().count(Pix, { ...pending, inFlight: { $ne: null } });
    if (open > 0 && tries < mostTries) return { againMs: pauseMs(tries) };
  }

  private async one(pix: Pix): Promise<void> {
    try {
      if (!(await this.isDown(pix))) await this.cancels.end(pix, () => Promise.resolve('send'));
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      this.log.log(`${pix.id} was not cancelled: ${error.code}`);
    }
  }

  /** A provider that does not answer is not asked a thousand times more. */
  private async isDown({ attemptId }: Pix): Promise<boolean> {
    const tripped = this.health.tripped();
    if (tripped.size === 0 || !attemptId) return false;
    const { credentialId } = await this.em.fork().findOneOrFail(Attempt, attemptId);
    return tripped.has(credentialId);
  }
}

/** The charges that wait in jobs of a merchant. */
const queued = `
  select jsonb_array_elements_text(payload -> 'charges')::uuid from job
  where name = '${name}' and done_at is null and payload ->> 'merchant' = ?`;

function standings(em: Em, { merchant: { merchantId, mode }, codes, batch }: Asked): Promise<Standing[]> {
  return em.execute<Standing[]>(
    `with asked as (select code, place from jsonb_array_elements_text(?::jsonb) with ordinality as it (code, place)),
       queued (id) as (${queued}),
       pix as (
         select id, custom_code, status, status = 'pending' and (in_flight is not null or id in (select id from queued))
           as processing
         from charge
         where merchant_id = ? and mode = ? and type = 'pix' and id < ? and custom_code in (select code from asked)
       ),
       left_over as (
         select id, exists (
           select 1 from attempt where owner_id = pix.id and operation = ? and state = 'declined') as refused
         from pix where status = 'pending' and not processing
       )
     select code, count(pix.id) > 0 as known, coalesce(bool_or(status = 'canceled'), false) as canceled,
       coalesce(bool_or(processing), false) as processing, count(left_over.id) > 0 as left,
       coalesce(bool_or(refused), false) as refused
     from asked left join pix on pix.custom_code = code left join left_over on left_over.id = pix.id
     group by code, place order by place`,
    [JSON.stringify(codes), merchantId, merchantId, mode, batch, pixMethod.cancels],
  );
}

/** The answer that the rows give. @throws RefusedFault when there is nothing to it but failures. */
function told(standing: readonly Standing[]): CanceledManyDto {
  const codesOf = (some: readonly Standing[]): readonly string[] => some.map(({ code }) => code);
  const processing = standing.filter((it) => it.processing);
  const rest = standing.filter((it) => !it.processing);
  const canceled = rest.filter((it) => it.canceled && !it.left);
  const failed = rest
    .filter((it) => !canceled.includes(it))
    .map((it) => ({ customCode: it.code, message: messageOf(it) }));
  if (canceled.length + processing.length === 0) {
    throw new RefusedFault('cancel_failed', 'Não foi possível processar o cancelamento.', { failed });
  }
  return { canceled: codesOf(canceled), processing: codesOf(processing), failed };
}

function messageOf({ known, left, refused }: Standing): string {
  if (!known) return pixMethod.missing;
  if (refused) return 'O provedor não aceitou o cancelamento.';
  return left ? 'Nenhum provedor disponível no momento.' : 'Só um Pix pendente pode ser cancelado.';
}
