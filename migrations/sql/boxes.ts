/** What comes in from providers, what goes out to merchants. */
export const inboxAndOutbox = `
create table notice (
  id uuid primary key,
  credential_id uuid not null references credential,
  provider text not null,
  kind text not null check (kind in ('hint', 'event')),
  event_id text,
  about jsonb not null,
  news jsonb,
  body text not null,
  state text not null default 'waiting' check (state in ('waiting', 'working', 'done', 'unmatched')),
  tries int not null default 0,
  outcome text,
  received_at timestamptz not null default clock_now(),
  done_at timestamptz
);
create unique index notice_event on notice (credential_id, event_id) where event_id is not null;
create index notice_waiting on notice (credential_id, about) where state = 'waiting';
create index notice_newest on notice (received_at desc, id desc);

create table outbox (
  id uuid primary key,
  merchant_id uuid not null,
  mode text not null check (mode in ('test', 'live')),
  object_id uuid not null,
  type text not null,
  sequence int not null,
  late boolean not null default false,
  data jsonb not null,
  extra jsonb not null default '{}',
  transaction xid8 not null default pg_current_xact_id(),
  created_at timestamptz not null default clock_now(),
  relayed_at timestamptz
);
create unique index outbox_sequence on outbox (object_id, type, sequence);
create index outbox_unrelayed on outbox (transaction, id) where relayed_at is null;
create index outbox_feed on outbox (merchant_id, mode, transaction, id);
create index outbox_object on outbox (object_id);
create index outbox_age on outbox (created_at);

create table webhook (
  id uuid primary key,
  merchant_id uuid not null references merchant,
  mode text not null check (mode in ('test', 'live')),
  url text not null,
  types text[],
  enabled boolean not null default true,
  disabled_why text,
  secret uuid not null references vault,
  previous_secret uuid references vault,
  previous_until timestamptz,
  failing_since timestamptz,
  sequence int not null default 0,
  created_at timestamptz not null default clock_now(),
  deleted_at timestamptz
);
create index webhook_merchant on webhook (merchant_id, mode) where deleted_at is null;

create table delivery (
  id uuid primary key,
  webhook_id uuid not null references webhook,
  event_id uuid not null references outbox,
  merchant_id uuid not null,
  mode text not null check (mode in ('test', 'live')),
  type text not null,
  status text not null check (status in ('pending', 'retrying', 'delivered', 'failed')),
  tries int not null default 0,
  last_status_code int,
  next_try_at timestamptz,
  created_at timestamptz not null default clock_now(),
  delivered_at timestamptz
);
create unique index delivery_once on delivery (webhook_id, event_id);
create index delivery_newest on delivery (merchant_id, mode, id desc);
create index delivery_event on delivery (event_id);
`;
