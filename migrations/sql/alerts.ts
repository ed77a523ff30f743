/** What a person must look at, from when it is seen until it is over. */
export const alerts = `
create table alert (
  id uuid primary key default gen_random_uuid(),
  kind text not null,
  -- the row that it is about; empty where it is about the whole installation
  subject text not null,
  detail text not null,
  raised_at timestamptz not null default clock_now(),
  acknowledged_at timestamptz,
  over_at timestamptz
);
create unique index alert_open on alert (kind, subject) where over_at is null;
`;
