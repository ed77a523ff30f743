/** Cards of merchants, their numbers sealed in the vault. */
export const tokens = `
create table card (
  id uuid primary key,
  merchant_id uuid not null references merchant,
  mode text not null check (mode in ('test', 'live')),
  -- null once the number is forgotten
  sealed uuid unique references vault,
  fingerprint text not null,
  fingerprint_version int not null,
  brand text not null,
  first6 text not null check (first6 ~ '^[0-9]{6}$'),
  last4 text not null check (last4 ~ '^[0-9]{4}$'),
  holder text not null,
  expires text not null check (expires ~ '^[0-9]{2}/[0-9]{4}$'),
  -- false: kept for one charge, and for no other
  token boolean not null,
  created_at timestamptz not null default clock_now(),
  deleted_at timestamptz
);
create index card_forgetting on card (coalesce(deleted_at, created_at))
  where sealed is not null and (not token or deleted_at is not null);
`;
