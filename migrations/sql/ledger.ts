/** The double-entry ledger. Entries and postings are append-only, and the database itself holds that line. */
export const ledger = `
create table entry (
  id uuid primary key,
  mode text not null check (mode in ('test', 'live')),
  reference text not null,
  transaction xid8 not null default pg_current_xact_id(),
  created_at timestamptz not null default clock_now()
);
create unique index entry_reference on entry (reference);

create table posting (
  id bigint generated always as identity primary key,
  entry_id uuid not null references entry,
  mode text not null check (mode in ('test', 'live')),
  "from" text not null,
  "to" text not null,
  amount bigint not null check (amount > 0),
  currency text not null,
  transaction xid8 not null default pg_current_xact_id(),
  created_at timestamptz not null default clock_now(),
  check ("from" <> "to")
);
create index posting_entry on posting (entry_id);
create index posting_from on posting (mode, "from", entry_id);
create index posting_to on posting (mode, "to", entry_id);
create index posting_transaction on posting (transaction);

create table balance (
  mode text not null check (mode in ('test', 'live')),
  address text not null,
  currency text not null,
  amount bigint not null default 0 check (amount >= 0),
  debt bigint not null default 0 check (debt >= 0),
  primary key (mode, address, currency),
  check (amount = 0 or debt = 0)
);

-- The sum of an address over all postings of transactions before the horizon, one row an hour.
create table snapshot (
  mode text not null check (mode in ('test', 'live')),
  address text not null,
  currency text not null,
  hour timestamptz not null,
  horizon xid8 not null,
  balance numeric not null,
  primary key (mode, address, currency, hour)
);

create index snapshot_hour on snapshot (hour, horizon);

create table verification (
  id uuid primary key,
  status text not null check (status in ('running', 'done', 'failed')),
  checked bigint not null default 0,
  total bigint not null default 0,
  ok boolean,
  first_bad text,
  created_at timestamptz not null default clock_now(),
  done_at timestamptz
);

create function append_only() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
end $$;
create trigger entry_append_only before update or delete on entry for each row execute function append_only();
create trigger entry_no_truncate before truncate on entry for each statement execute function append_only();
create trigger posting_append_only before update or delete on posting for each row execute function append_only();
create trigger posting_no_truncate before truncate on posting for each statement execute function append_only();
create trigger finding_append_only before update or delete on finding for each row execute function append_only();
create trigger finding_no_truncate before truncate on finding for each statement execute function append_only();
`;
