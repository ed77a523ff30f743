/** What the events of an account are signed with, where the provider tells it only once. */
export const eventSecrets = `
alter table credential
  add column event_secret uuid references vault,
  -- Valid beside the newer one for as long as the provider may repeat what it signed with it.
  add column previous_event_secret uuid references vault,
  add column previous_event_until timestamptz,
  add constraint credential_event_check check ((previous_event_secret is null) = (previous_event_until is null));
`;
