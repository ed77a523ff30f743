/** The clock, the vault, merchants and their keys, idempotency and jobs. */
export const kernel = `
-- Every SQL time is this. The sandbox's /_sim/clock replaces it by now() plus an offset; nothing else ever does.
create function clock_now() returns timestamptz language sql stable parallel safe as $$ select now() $$;

-- How far the one clock runs ahead of the machine's: what a process follows.
create function clock_ahead() returns interval language sql stable as $$ select clock_now() - now() $$;

create table vault (
  id uuid primary key,
  purpose text not null,
  version int not null,
  data_key bytea not null,
  body bytea not null,
  created_at timestamptz not null default clock_now()
);

create table merchant (
  id uuid primary key,
  name text not null,
  document text,
  platform_fee_bps int not null default 0 check (platform_fee_bps between 0 and 10000),
  limits jsonb not null default '{}',
  created_at timestamptz not null default clock_now()
);

create table api_key (
  id uuid primary key,
  merchant_id uuid references merchant,
  person text,
  name text not null,
  mode text check (mode in ('test', 'live')),
  scopes text[] not null,
  prefix text not null,
  hash text not null,
  hash_version int not null,
  created_at timestamptz not null default clock_now(),
  deleted_at timestamptz,
  check ((merchant_id is null) = (person is not null)),
  check ((merchant_id is null) = (mode is null))
);
create unique index api_key_hash on api_key (hash);
create index api_key_merchant on api_key (merchant_id);

create table access_token (
  hash text primary key,
  key_id uuid not null references api_key,
  expires_at timestamptz not null
);

-- One wish on one route. scope: merchant and mode, or an administrator's key.
create table request (
  scope text not null,
  key text not null,
  route text not null,
  fingerprint text not null,
  fingerprint_version int not null,
  resource uuid not null,
  created_at timestamptz not null default clock_now(),
  primary key (scope, key)
);

create table job (
  id bigint generated always as identity primary key,
  name text not null,
  payload jsonb not null default '{}',
  period text,
  run_at timestamptz not null default clock_now(),
  leased_until timestamptz,
  tries int not null default 0,
  last_error text,
  created_at timestamptz not null default clock_now(),
  done_at timestamptz
);
create unique index job_period on job (name, period) where period is not null;
create index job_periodic on job (name) where period is not null and done_at is null;
create index job_due on job (run_at) where done_at is null;
create index job_done on job (done_at) where done_at is not null;
`;
