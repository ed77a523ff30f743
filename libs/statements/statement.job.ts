import { EntityManager } from '@mikro-orm/postgresql';
import { Injectable, Logger } from '@nestjs/common';
import { addDays } from '@libs/brazil/days.js';
import { now } from '@libs/kernel/clock.js';
import { Config } from '@libs/kernel/config.js';
import { uuid } from '@libs/kernel/ids.js';
import { dayAt, midnight } from '@libs/kernel/period.js';
import { type JobView, OnJob, Queue } from '@libs/kernel/queue.js';
import { timer } from '@libs/kernel/timer.js';
import { type Em, tx } from '@libs/kernel/transaction.js';
import type { Answer } from '@libs/providers/contract/call.js';
import type { StatementPage } from '@libs/providers/contract/statements.js';
import { providerOf } from '@libs/providers/registry.js';
import { Credential } from '@libs/routing/credential.entity.js';
import { Credentials } from '@libs/routing/credentials.js';
import { Compare } from './compare.js';
import { Statement } from './statement.entity.js';

const hourMs = 3_600_000;
/** A day is read again on the two days after it, for lines come late; then what is unexplained is a human's. */
const lateDays = 2;
/** Lines that are settled are of use to nobody once a year, and the month in which it is closed, have gone by. */
const keptDays = 400;
const batch = 10_000;
/** What one reading asks for, and how far back the first one goes. */
const [mostDays, oldestDays] = [31, 90];

/** Reads each account's statement once a day, page by page: what a crash interrupts goes on where it was. */
@Injectable()
export class StatementJob {
  private readonly logger = new Logger('statements');

  constructor(
    private readonly em: EntityManager,
    private readonly config: Config,
    private readonly credentials: Credentials,
    private readonly compare: Compare,
    private readonly queue: Queue,
  ) {}

  /** Every hour, so that a day is read soon after it has ended; an account has one reading a day. */
  @OnJob('statements.due', { everyMs: hourMs })
  async due(): Promise<void> {
    await tx(this.em, async (em) => {
      const accounts = await em.find(Credential, { retiredAt: null });
      for (const account of accounts) if (providerOf(account.provider).statements) await this.open(em, account);
    });
  }

  /** Up to last midnight, from where the last whole reading ended, and the days before it that may have grown. */
  private async open(em: Em, { id: credential, createdAt }: Credential): Promise<void> {
    const [last] = await em.execute<{ until: Date | null }[]>(
      `select max(until) as until from statement where credential_id = ? and status = 'done'`,
      [credential],
    );
    const today = dayAt(now());
    const from = last?.until ? addDays(dayAt(new Date(last.until)), -lateDays) : dayAt(createdAt);
    const oldest = addDays(today, -oldestDays);
    const since = from < oldest ? oldest : from;
    const most = addDays(since, mostDays);
    const until = most < today ? most : today;
    if (since >= until) return;
    const id = uuid();
    const rows = await em.execute<{ id: string }[]>(
      `insert into statement (id, credential_id, since, until) values (?, ?, ?::timestamptz, ?::timestamptz)
       on conflict (credential_id, until) do update set status = 'running', created_at = clock_now()
         where statement.status = 'failed' and statement.created_at < clock_now() - interval '1 day'
       returning id`,
      [id, credential, midnight(since).toISOString(), midnight(until).toISOString()],
    );
    await this.queue.add(
      em,
      rows.map((row) => ({ name: 'statements.read', payload: { statement: row.id } })),
    );
  }

  /** @throws Error when the provider cannot be read now: it is asked again with growing pauses. */
  @OnJob('statements.read')
  async read({ payload }: JobView): Promise<void> {
    const statement = await this.em.fork().findOne(Statement, { id: String(payload['statement']) });
    if (statement?.status !== 'running') return;
    const { id, credentialId, until } = statement;
    for (let cursor = statement.cursor ?? undefined, more = true; more;) {
      const answer = await this.page(statement, cursor);
      if (answer.kind !== 'read') return this.unread(statement, answer);
      const { lines, next } = answer.data;
      const news = await this.compare.page(credentialId, lines);
      await this.progress(id, lines.length, news, next);
      cursor = next;
      more = next !== undefined;
    }
    await this.compare.end(credentialId, midnight(addDays(dayAt(until), -lateDays)));
    const done = `update statement set status = 'done', error = null, done_at = clock_now() where id = ?`;
    await this.em.fork().execute(done, [id]);
  }

  /** What no human waits for is deleted when it is old. */
  @OnJob('statements.prune', { everyMs: 24 * hourMs })
  async prune(): Promise<void | { readonly againMs: number }> {
    const { affectedRows } = await this.em.fork().execute<{ affectedRows: number }>(
      `delete from statement_line where (credential_id, line) in (
         select credential_id, line from statement_line l
         where created_at < clock_now() - interval '${keptDays} days' and (state = 'explained' or state = 'suspense'
           and not exists (select from movement m
             where 'movement:' || m.row_id = l.explained_by and m.state = 'suspense'))
         limit ${batch})`,
      [],
      'run',
    );
    if (affectedRows === batch) return { againMs: 0 };
  }

  private async page({ credentialId, since, until }: Statement, cursor?: string): Promise<Answer<StatementPage>> {
    const { provider } = await this.em.fork().findOneOrFail(Credential, credentialId);
    return providerOf(provider).statements!.read({
      credentials: await this.credentials.open(credentialId),
      input: { since, until, cursor },
      leftMs: timer(this.config.PROVIDER_DEADLINE_MS),
    });
  }

  private async progress(id: string, lines: number, news: number, cursor: string | undefined): Promise<void> {
    await this.em.fork().execute(
      `update statement set lines = lines + ?, news = news + ?, cursor = ?, error = null
         where id = ? and status = 'running'`,
      [lines, news, cursor ?? null, id],
    );
  }

  /** A refusal ends this reading: the next day's begins where the last whole one ended. */
  private async unread(
    { id, credentialId }: Statement,
    { kind, message }: Exclude<Answer<StatementPage>, { kind: 'read' }>,
  ): Promise<void> {
    const status = kind === 'refused' ? 'failed' : 'running';
    const told = `update statement set status = ?, error = ? where id = ?`;
    await this.em.fork().execute(told, [status, message.slice(0, 500), id]);
    this.logger.warn({ credential: credentialId, message });
    if (status === 'running') throw new Error(`the statement was not read: ${message}`);
  }
}
