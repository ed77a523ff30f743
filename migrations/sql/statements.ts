/** What providers say of their accounts' days, line by line, and what of ours explains each line. */
export const statements = `
create table statement (
  id uuid primary key,
  credential_id uuid not null references credential,
  since timestamptz not null,
  until timestamptz not null,
  status text not null default 'running' check (status in ('running', 'done', 'failed')),
  -- of the page that is read next; empty: the first
  cursor text,
  lines bigint not null default 0,
  -- lines that told something that nobody had known
  news bigint not null default 0,
  error text,
  created_at timestamptz not null default clock_now(),
  done_at timestamptz,
  check (since < until)
);
create unique index statement_once on statement (credential_id, until);

create table statement_line (
  credential_id uuid not null references credential,
  line text not null,
  kind text not null check (kind in ('received', 'returned', 'taken', 'given', 'fee', 'banked', 'sent')),
  id text not null,
  about jsonb not null,
  amount bigint not null check (amount > 0),
  currency text not null,
  at timestamptz not null,
  text text not null,
  state text not null default 'open' check (state in ('open', 'explained', 'suspense')),
  -- an attempt or a movement, by its kind and id
  explained_by text,
  created_at timestamptz not null default clock_now(),
  primary key (credential_id, line),
  check ((state = 'open') = (explained_by is null))
);
create index statement_line_open on statement_line (credential_id, at) where state = 'open';
-- A line without a name takes a fact that no other line has.
create index statement_line_fact on statement_line (credential_id, explained_by) where about = '{}';
`;
