/** What a provider has made twice of one call, and what disputes have taken of a charge. */
export const twins = `
alter table attempt
  -- A second one that the provider has made of this call: it bears the same key, under a reference of its own.
  add column twin_of uuid references attempt;
drop index attempt_one_key;
create unique index attempt_one_key on attempt (credential_id, key) where not unsent and twin_of is null;
create unique index attempt_one_twin on attempt (credential_id, operation, ref) where twin_of is not null;
alter table charge
  -- What is away, by the movement that took it, and who bore how much of it.
  add column disputes jsonb not null default '[]';
`;
