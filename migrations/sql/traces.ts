/** What administrators did, for ever; and what /metrics counts without looking at the whole of a table. */
export const traces = `
-- Two rows an act: what was about to be done, and, naming it in act, how it ended. The first alone tells of a process
-- that died in between. What each says of secrets is cut before it comes here.
create table audit (
  id uuid primary key,
  act uuid references audit,
  person text not null,
  key_id uuid not null,
  request_id text not null,
  route text not null,
  ids jsonb not null,
  wish jsonb,
  before jsonb,
  status int,
  after jsonb,
  at timestamptz not null default clock_now(),
  check ((act is null) = (status is null)),
  check (act is not null or (before is null and after is null))
);
create unique index audit_end on audit (act) where act is not null;
create index audit_person on audit (person, id) where act is null;
create index audit_at on audit (at) where act is null;
create trigger audit_append_only before update or delete on audit for each row execute function append_only();
create trigger audit_no_truncate before truncate on audit for each statement execute function append_only();

create index attempt_parked on attempt (parked_at) where parked_at is not null;
`;
