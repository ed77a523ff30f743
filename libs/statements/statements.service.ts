import { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { providerOf } from '@libs/providers/registry.js';
import { StatementView } from './statements.dto.js';

interface Row {
  readonly credential: string;
  readonly since: string | null;
  readonly until: string | null;
  readonly status: StatementView['status'] | null;
  readonly lines: number;
  readonly news: number;
  readonly open: number;
  readonly error: string | null;
  readonly doneAt: string | null;
}
const latest = `
  select c.id as credential, s.since, s.until, s.status, coalesce(s.lines, 0)::int as lines,
    coalesce(s.news, 0)::int as news, s.error, s.done_at as "doneAt",
    (select count(*)::int from statement_line l where l.credential_id = c.id and l.state = 'open') as open
  from credential c
  left join lateral (select * from statement where credential_id = c.id order by until desc limit 1) s on true
  where c.retired_at is null and c.provider in (?)`;

const iso = (at: string | null): string | null => (at === null ? null : new Date(at).toISOString());

/** What an operator sees of the readings. */
@Injectable()
export class Statements {
  constructor(private readonly em: EntityManager) {}

  /** The last reading of each account in use, by its id; none where the provider can be asked for no statement. */
  async latest(providers: readonly string[]): Promise<ReadonlyMap<string, StatementView>> {
    const able = providers.filter((it) => providerOf(it).statements);
    const rows = await this.em.fork().execute<Row[]>(latest, [[...able, '']]);
    return new Map(
      rows.map(({ credential, since, until, status, doneAt, ...rest }) => [
        credential,
        { status: status ?? 'waiting', since: iso(since), until: iso(until), ...rest, doneAt: iso(doneAt) },
      ]),
    );
  }
}
