/** Rules of routing, replays of past attempts under other rules, and the index that recent figures are read by. */
export const policy = `
-- A stored decision names its version: what a version says may never change.
create table ruleset (
  merchant_id uuid not null references merchant,
  version int not null check (version > 0),
  rules jsonb not null,
  created_at timestamptz not null default clock_now(),
  primary key (merchant_id, version)
);
create trigger ruleset_append_only before update or delete on ruleset for each row execute function append_only();
create trigger ruleset_no_truncate before truncate on ruleset for each statement execute function append_only();

create table replay (
  id uuid primary key,
  merchant_id uuid not null references merchant,
  mode text not null check (mode in ('test', 'live')),
  since timestamptz not null,
  until timestamptz not null,
  rules jsonb not null,
  status text not null check (status in ('running', 'done', 'failed')),
  done bigint not null default 0,
  total bigint not null default 0,
  moved bigint not null default 0,
  amount_moved bigint not null default 0,
  fee_delta bigint not null default 0,
  expected_approvals double precision not null default 0,
  approvals bigint not null default 0,
  created_at timestamptz not null default clock_now(),
  done_at timestamptz
);

-- An account's attempts by time: its last ones, its last day, and a replay's pages.
create index attempt_recent on attempt (credential_id, created_at, id);
`;
