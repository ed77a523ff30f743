/** Credentials, lanes, attempts, what was heard of them, and money that moved without a call. */
export const routing = `
create table credential (
  id uuid primary key,
  merchant_id uuid not null references merchant,
  name text not null,
  provider text not null,
  environment text not null check (environment in ('simulator', 'homologation', 'production')),
  mode text not null check (mode in ('test', 'live')),
  identity text not null,
  currency text not null,
  secret uuid not null references vault,
  secret_version int not null default 1,
  callback_secret uuid not null references vault,
  callback_hash text not null,
  previous_callback_hash text,
  parallel_sends int not null default 1,
  callback_checked_at timestamptz,
  callback_error text,
  retired_at timestamptz,
  created_at timestamptz not null default clock_now(),
  check (mode = 'test' or environment = 'production')
);
create unique index credential_name on credential (merchant_id, provider, name, mode) where retired_at is null;
create unique index credential_callback on credential (callback_hash);

create table lane (
  id uuid primary key,
  merchant_id uuid not null references merchant,
  credential_id uuid not null references credential,
  provider text not null,
  operation text not null,
  mode text not null check (mode in ('test', 'live')),
  priority int not null,
  weight int,
  conditions jsonb not null default '{}',
  settle_days int not null,
  settle_on text not null default 'calendar' check (settle_on in ('calendar', 'business')),
  unproven boolean not null default false,
  cost jsonb not null,
  price jsonb not null,
  reroute text[] not null default '{}'
);
create index lane_merchant on lane (merchant_id, mode, operation);

create table attempt (
  id uuid primary key,
  owner_kind text not null,
  owner_id uuid not null,
  merchant_id uuid not null,
  mode text not null check (mode in ('test', 'live')),
  operation text not null,
  state text not null check (state in ('sent', 'pending', 'unknown', 'succeeded', 'declined', 'failed', 'orphan')),
  unsent boolean not null default false,
  provider text not null,
  environment text not null default 'production',
  credential_id uuid not null references credential,
  lane_id uuid,
  amount bigint not null,
  currency text not null,
  key text not null,
  object text,
  parent jsonb,
  before text,
  decision jsonb not null,
  cost jsonb not null,
  price jsonb not null,
  settle_days int not null,
  settle_on text not null default 'calendar',
  reroute text[] not null,
  proof jsonb not null,
  ref text,
  receipt text,
  code text,
  return_code text,
  message text,
  parked_at timestamptz,
  parked_why text,
  deadline timestamptz not null,
  absent_at timestamptz,
  asks int not null default 0,
  ask_at timestamptz,
  sale_at timestamptz not null default clock_now(),
  created_at timestamptz not null default clock_now(),
  settled_at timestamptz
);
create unique index attempt_one_wish on attempt (owner_kind, owner_id, operation)
  where state in ('sent', 'pending', 'unknown', 'succeeded');
create unique index attempt_one_key on attempt (credential_id, key) where not unsent;
create unique index attempt_one_object on attempt (credential_id, object)
  where object is not null and state in ('sent', 'pending', 'unknown');
create index attempt_owner on attempt (owner_id);
create index attempt_asked on attempt (ask_at) where ask_at is not null;
create index attempt_ref on attempt (credential_id, ref) where ref is not null;
create index attempt_receipt on attempt (credential_id, receipt) where receipt is not null;
create index attempt_open on attempt (state, created_at) where state in ('sent', 'unknown');

create table finding (
  id bigint generated always as identity primary key,
  attempt_id uuid not null references attempt,
  source text not null check (source in ('call', 'callback', 'find', 'operator', 'clock')),
  news jsonb not null,
  heard jsonb not null,
  late boolean not null,
  contradiction boolean not null,
  person text,
  evidence text,
  at timestamptz not null default clock_now()
);
create index finding_attempt on finding (attempt_id, id);

-- What an administrator says of an act that only a human can prove, until a second one confirms it.
create table resolution (
  id uuid primary key,
  attempt_id uuid not null references attempt,
  finding jsonb not null,
  evidence text not null,
  person text not null,
  confirmed_by text,
  created_at timestamptz not null default clock_now(),
  check (confirmed_by is null or confirmed_by <> person)
);
create unique index resolution_open on resolution (attempt_id) where confirmed_by is null;

create table movement (
  row_id uuid primary key,
  credential_id uuid not null references credential,
  provider text not null,
  mode text not null check (mode in ('test', 'live')),
  kind text not null check (kind in ('received', 'returned', 'taken', 'given', 'fee', 'banked')),
  id text not null,
  about jsonb not null,
  amount bigint not null,
  currency text not null,
  at timestamptz not null,
  attempt_id uuid references attempt,
  owner_kind text,
  owner_id uuid,
  state text not null check (state in ('owned', 'suspense', 'matched')),
  created_at timestamptz not null default clock_now()
);
create unique index movement_once on movement (credential_id, kind, id);
create index movement_state on movement (state, created_at);
`;
