import type { Em } from '@libs/kernel/transaction.js';

/**
 * Has the database write down every change of a charge's or a refund's status with the transaction that made it, so
 * that no code path can change one unseen.
 */
export async function watchStatuses(em: Em): Promise<void> {
  await em.execute(`
    create table seen_status (
      n bigint generated always as identity, object_id uuid not null, was text not null, became text not null,
      transaction xid8 not null default pg_current_xact_id()
    );
    create function see_status() returns trigger language plpgsql as $$ begin
      if new.status <> old.status then
        insert into seen_status (object_id, was, became) values (new.id, old.status, new.status);
      end if;
      return new;
    end $$;
    create trigger charge_seen after update on charge for each row execute function see_status();
    create trigger refund_seen after update on refund for each row execute function see_status();`);
}

/**
 * Changes without an event that says so in the same transaction. That a charge was issued is no news to whoever reads
 * it in the answer to the call: there, and nowhere else, it may go unsaid.
 */
export async function unannounced(em: Em): Promise<readonly string[]> {
  const rows = await em.execute<{ change: string }[]>(`
    select format('%s: %s became %s', s.object_id, s.was, s.became) as change from seen_status s
    where not exists (
      select 1 from outbox o
      where o.object_id = s.object_id and o.transaction = s.transaction and o.data ->> 'status' = s.became
    ) and not (s.was = 'processing' and s.became = 'pending' and exists (
      select 1 from finding f join attempt a on a.id = f.attempt_id
      where a.owner_id = s.object_id and f.source = 'call' and f.xmin::text = s.transaction::text
    ))
    order by s.n`);
  return rows.map(({ change }) => change);
}

/** Sequences of an object and a type that do not run from one to their number. */
export async function gaps(em: Em): Promise<readonly string[]> {
  const rows = await em.execute<{ gap: string }[]>(`
    select format('%s %s: %s events up to %s', object_id, type, count(*), max(sequence)) as gap from outbox
    group by object_id, type having count(*) <> max(sequence) or min(sequence) <> 1`);
  return rows.map(({ gap }) => gap);
}
