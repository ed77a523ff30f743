import { EntityManager } from '@mikro-orm/postgresql';
import { Injectable, Logger } from '@nestjs/common';
import { before } from '@libs/kernel/before.js';
import { now } from '@libs/kernel/clock.js';
import { Fault, MissingFault, UnauthorisedFault, UnavailableFault } from '@libs/kernel/fault.js';
import { isUuid, uuid } from '@libs/kernel/ids.js';
import { pageOf } from '@libs/kernel/page.js';
import { point } from '@libs/kernel/point.js';
import { Queue } from '@libs/kernel/queue.js';
import { type Page, Reply } from '@libs/kernel/reply.js';
import { tx } from '@libs/kernel/transaction.js';
import { said } from '@libs/kernel/work.js';
import type { Callbacks, Notice as Told } from '@libs/providers/contract/callbacks.js';
import { providerOf, registry } from '@libs/providers/registry.js';
import { Requests } from '@libs/requests/requests.service.js';
import type { Wish } from '@libs/requests/wish.js';
import type { Credential } from '@libs/routing/credential.entity.js';
import { Credentials } from '@libs/routing/credentials.js';
import { NoticeDetail, NoticeItem, type NoticesQuery } from './inbox.dto.js';
import { Keys } from './keys.service.js';
import { Notice } from './notice.entity.js';
import { writtenNews } from './news.js';
import { noticeJob } from './notice.job.js';
import { distinct, kept } from './told.js';

/** One call of a provider, as it came. */
export interface Callback {
  readonly provider: string;
  readonly secret: string;
  readonly raw: Buffer;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

type Verdict = ReturnType<Callbacks<object>['verify']>;

// Whoever waits for the lock of a hint whose job has begun meanwhile finds that it is no longer `waiting`.
const foldable = `
  select it.id from jsonb_to_recordset(?::jsonb) as it (id uuid, kind text, about jsonb, news jsonb)
  join notice n on n.credential_id = ? and n.kind = 'hint' and n.state = 'waiting' and n.about = it.about
    and (it.news is null or it.news = n.news)
  where it.kind = 'hint'
  order by n.id for update of n`;
/** What an address may hold: PostgreSQL would not even look for a NUL. */
const sayable = /^[\x21-\x7e]+$/;
const store = `
  insert into notice (id, credential_id, provider, kind, event_id, about, news, body)
  select id, ?, ?, kind, event_id, about, news, ?
  from jsonb_to_recordset(?::jsonb) as it (id uuid, kind text, event_id text, about jsonb, news jsonb)
  on conflict (credential_id, event_id) where event_id is not null do nothing
  returning id`;

/** What comes in from providers: proved, kept, answered. What it means is the job's to find out. */
@Injectable()
export class Inbox {
  private readonly log = new Logger('Callbacks');

  constructor(
    private readonly em: EntityManager,
    private readonly credentials: Credentials,
    private readonly keys: Keys,
    private readonly queue: Queue,
    private readonly requests: Requests,
  ) {}

  /**
   * Keeps every fact that a call tells and answers after the commit. The secret alone names the account.
   * @throws UnauthorisedFault for a forgery or a secret that names nothing, and then nothing is kept; UnavailableFault
   * when it could not be proved or stored now: the provider calls again.
   */
  async receive({ provider, secret, raw, headers }: Callback): Promise<object> {
    try {
      const known = registry.some((it) => it.id === provider) && sayable.test(secret);
      const credential = known ? await this.credentials.byCallbackSecret(provider, secret) : undefined;
      const callbacks = credential && providerOf(credential.provider).callbacks;
      if (!credential || !callbacks) throw new UnauthorisedFault();
      assertGenuine(await this.verdict(credential, callbacks, raw, headers));
      const notices = distinct(callbacks.read(raw));
      if (notices.length > 0) await this.keep(credential, notices, raw);
      return {};
    } catch (error) {
      if (error instanceof Fault) throw error;
      this.log.error(`a callback of ${provider} could not be kept: ${said(error)}`);
      throw new UnavailableFault('Não foi possível guardar o aviso agora.');
    }
  }

  /** A key that nobody here knows yet may have been published since. */
  private async verdict(
    credential: Credential,
    callbacks: Callbacks<object>,
    raw: Buffer,
    headers: Callback['headers'],
  ): Promise<Verdict> {
    const secrets = await this.credentials.eventSecrets(credential);
    const verdict = callbacks.verify(raw, headers, [...secrets, ...this.keys.known(credential)], now());
    if (verdict !== 'ask-for-keys' || !callbacks.keys) return verdict;
    return callbacks.verify(raw, headers, [...secrets, ...(await this.keys.again(credential))], now());
  }

  async list({ state, ...query }: NoticesQuery): Promise<Page<NoticeItem>> {
    const em = this.em.fork();
    const page = await pageOf(query, ({ id, order, take }) =>
      em.find(
        Notice,
        { ...(id === undefined ? {} : { id }), ...(state === undefined ? {} : { state }) },
        { orderBy: { id: order }, limit: take },
      ),
    );
    return { ...page, data: page.data.map((it) => NoticeItem.from(it)) };
  }

  /** @throws MissingFault. */
  async get(id: string): Promise<NoticeDetail> {
    const notice = isUuid(id) ? await this.em.fork().findOne(Notice, { id }) : null;
    if (!notice) throw new MissingFault('Aviso não encontrado.');
    return { ...NoticeItem.from(notice), body: notice.body };
  }

  /** Has a notice looked into as if it had just come. @throws MissingFault, and what a bad key throws. */
  async replay(wish: Wish, id: string): Promise<Reply<NoticeDetail>> {
    const found = await this.get(id);
    const replayed = await tx(this.em, async (em) => {
      if ((await this.requests.claim(em, wish, id)) !== undefined) return true;
      before(found);
      const again = `update notice set state = 'waiting', tries = 0, outcome = null, done_at = null where id = ?`;
      await em.execute(again, [id]);
      await this.queue.add(em, [noticeJob(id)]);
      return false;
    });
    return new Reply(200, await this.get(id), replayed);
  }

  /** A row and a job for each fact, in one commit; a hint joins one like it whose job has not begun. */
  private async keep({ id, provider }: Credential, notices: readonly Told[], raw: Buffer): Promise<void> {
    const told = notices.map((it) => ({
      id: uuid(),
      kind: it.kind,
      event_id: it.kind === 'event' ? it.id : null,
      about: it.about,
      news: (it.kind === 'event' ? it.news : it.doubt) ?? null,
    }));
    const body = kept(raw);
    point('inbox.before');
    await tx(this.em, async (em) => {
      const rows = await em.execute<{ id: string }[]>(foldable, [JSON.stringify(told, writtenNews), id]);
      const folded = new Set(rows.map((row) => row.id));
      const rest = JSON.stringify(
        told.filter((it) => !folded.has(it.id)),
        writtenNews,
      );
      const made = await em.execute<{ id: string }[]>(store, [id, provider, body, rest]);
      await this.queue.add(
        em,
        made.map((row) => noticeJob(row.id)),
      );
    });
    point('inbox.after');
  }
}

/** @throws UnauthorisedFault for a proved forgery; UnavailableFault when only the keys or the time are in the way. */
function assertGenuine(verdict: Verdict): void {
  switch (verdict) {
    case 'genuine':
      return;
    case 'forged':
      throw new UnauthorisedFault();
    case 'ask-for-keys':
    case 'stale':
      throw new UnavailableFault('Não foi possível conferir o aviso agora.');
  }
}
