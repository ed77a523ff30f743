import { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import type { Administrator } from '@libs/kernel/caller.js';
import { uuid } from '@libs/kernel/ids.js';
import { pageOf } from '@libs/kernel/page.js';
import { endOf, startOf } from '@libs/kernel/period.js';
import type { Page } from '@libs/kernel/reply.js';
import { AuditItem, type AuditQuery, type AuditRow } from './audit.dto.js';
import { withoutSecrets } from './audit.secrets.js';

/** What an administrator is about to do: a route with its ids, and the body that came. */
export interface Intent {
  readonly admin: Administrator;
  readonly requestId: string;
  /** METHOD and the path's pattern: `PATCH /admin/merchants/:id`. */
  readonly route: string;
  readonly ids: unknown;
  readonly body: unknown;
}
/** How it ended: the answer, and how the resource stood before. */
export interface Ending {
  readonly status: number;
  readonly before: unknown;
  readonly after: unknown;
}

const json = (value: unknown): string | null => JSON.stringify(withoutSecrets(value)) ?? null;

/** What administrators did. Rows are added, by one statement each, and never changed. */
@Injectable()
export class Audit {
  constructor(private readonly em: EntityManager) {}

  /** Before the act, in a commit of its own: a process that dies in the act leaves this. Answers the act's id. */
  async intend({ admin, requestId, route, ids, body }: Intent): Promise<string> {
    const id = uuid();
    await this.em.fork().execute(
      `insert into audit (id, person, key_id, request_id, route, ids, wish)
       values (?, ?, ?, ?, ?, ?::jsonb, ?::jsonb)`,
      [id, admin.person, admin.keyId, requestId, route, json(ids), json(body)],
    );
    return id;
  }

  /** After the act, refused or done. */
  async end(act: string, { status, before, after }: Ending): Promise<void> {
    await this.em.fork().execute(
      `insert into audit (id, act, person, key_id, request_id, route, ids, wish, before, status, after)
       select ?, id, person, key_id, request_id, route, ids, wish, ?::jsonb, ?, ?::jsonb from audit where id = ?`,
      [uuid(), json(before), status, json(after), act],
    );
  }

  /** Acts, the newest first. One whose end nobody wrote down has no status. @throws InvalidFault for a bad cursor. */
  list({ person, from, to, ...query }: AuditQuery): Promise<Page<AuditItem>> {
    const since = from === undefined ? null : startOf(from)!.toISOString();
    const until = to === undefined ? null : endOf(to)!.toISOString();
    return pageOf(query, async ({ id, order, take }) => {
      const [beyond, cursor] = id === undefined ? ['', []] : '$lt' in id ? ['<', [id.$lt]] : ['>', [id.$gt]];
      const rows = await this.em.fork().execute<AuditRow[]>(
        `select it.*, done.before, done.status, done.after, done.at as ended_at
         from audit it left join audit done on done.act = it.id
         where it.act is null and (?::text is null or it.person = ?)
           and (?::timestamptz is null or it.at >= ?::timestamptz)
           and (?::timestamptz is null or it.at < ?::timestamptz)
           ${beyond === '' ? '' : `and it.id ${beyond} ?`}
         order by it.id ${order} limit ?`,
        [person ?? null, person ?? null, since, since, until, until, ...cursor, take],
      );
      return rows.map((row) => AuditItem.from(row));
    });
  }
}
