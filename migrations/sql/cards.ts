/** What a charge on a card has beyond every other one, and the states that only cards know. */
export const cards = `
alter table charge
  drop constraint charge_type_check,
  add constraint charge_type_check check (type in ('pix', 'creditCard', 'debitCard')),
  drop constraint charge_status_check,
  add constraint charge_status_check check (status in
    ('processing', 'pending', 'authorized', 'paid', 'refund_requested', 'refunded', 'expired', 'canceled', 'declined',
     'failed')),
  drop constraint charge_in_flight_check,
  add constraint charge_in_flight_check check (in_flight in ('canceling', 'capturing')),
  -- The sealed card; its number stands in the vault alone.
  add column card_id uuid,
  -- The keyed hash that the same card always has: what a repeat without a key is known by.
  add column card_hash text,
  add column brand text,
  add column first6 text,
  add column last4 text,
  add column holder text,
  add column installments int check (installments between 1 and 99),
  add column soft_descriptor text,
  add column is_gift boolean,
  -- false: only held, until it is captured or voided
  add column wants_capture boolean,
  add column capture_by timestamptz,
  add column redirect_url text,
  add column authorization_code text,
  add column nsu text,
  add constraint charge_card_check check ((type = 'pix') = (wants_capture is null));
create index charge_card on charge (merchant_id, mode, card_hash, created_at desc) where card_hash is not null;
drop index charge_expiring;
create index charge_expiring on charge (expire_due_at) where status in ('pending', 'authorized');
-- All acts upon one object: what it showed before an act is read only between two of them.
create index attempt_object on attempt (credential_id, object) where object is not null;
`;
