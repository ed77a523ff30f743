/** Money in: charges of every method in one table, and what is given back of them. */
export const charges = `
create table charge (
  id uuid primary key,
  merchant_id uuid not null references merchant,
  mode text not null check (mode in ('test', 'live')),
  type text not null check (type in ('pix')),
  status text not null check (status in
    ('processing', 'pending', 'paid', 'refund_requested', 'refunded', 'expired', 'canceled', 'declined', 'failed')),
  in_flight text check (in_flight in ('canceling')),
  custom_code text,
  amount bigint not null check (amount > 0),
  currency text not null,
  amount_paid bigint not null default 0 check (amount_paid >= 0),
  refunded_amount bigint not null default 0 check (refunded_amount >= 0),
  refunding_amount bigint not null default 0 check (refunding_amount >= 0),
  shares jsonb not null,
  fees jsonb,
  customer jsonb,
  metadata jsonb not null default '{}',
  return_code text,
  return_message text,
  late boolean not null default false,
  provider text,
  attempt_id uuid,
  sequences jsonb not null default '{}',
  expires_at timestamptz,
  expire_due_at timestamptz,
  release_due_at timestamptz,
  -- as it is shown: pages and periods compare with what a caller has read
  created_at timestamptz(3) not null default clock_now(),
  paid_at timestamptz,
  captured_at timestamptz,
  refunded_at timestamptz,
  -- pix
  payment_id text,
  wished_payment_id text,
  qr_code text,
  expire_seconds int,
  instructions text,
  end_to_end_id text,
  check (refunded_amount + refunding_amount <= amount_paid)
);
create index charge_newest on charge (merchant_id, mode, created_at desc, id desc);
create index charge_type on charge (merchant_id, mode, type, created_at desc, id desc);
create index charge_status on charge (merchant_id, mode, status, created_at desc, id desc);
create index charge_code on charge (merchant_id, mode, custom_code, created_at desc, id desc)
  where custom_code is not null;
create index charge_payment_id on charge (merchant_id, mode, payment_id) where payment_id is not null;
create unique index charge_wished on charge (merchant_id, mode, wished_payment_id)
  where wished_payment_id is not null and status <> 'failed';
create index charge_releasing on charge (release_due_at) where release_due_at is not null;
create index charge_expiring on charge (expire_due_at) where status = 'pending';

create table refund (
  id uuid primary key,
  charge_id uuid not null references charge,
  merchant_id uuid not null,
  mode text not null check (mode in ('test', 'live')),
  -- what it gives back: the money of an attempt, or of a movement; never only the charge
  attempt_id uuid not null references attempt,
  movement_id uuid references movement,
  kind text not null check (kind in ('asked', 'undo')),
  amount bigint not null check (amount > 0),
  currency text not null,
  status text not null check (status in ('pending', 'done', 'failed')),
  held jsonb not null,
  reason text,
  tries int not null default 0,
  give_up_at timestamptz not null default clock_now() + interval '24 hours',
  sequence int not null default 0,
  created_at timestamptz not null default clock_now(),
  done_at timestamptz
);
create index refund_charge on refund (charge_id, created_at);
`;
