/** What a bank slip has beyond every other charge, and the ways in which charges are looked for. */
export const bankslip = `
alter table charge
  drop constraint charge_type_check,
  add constraint charge_type_check check (type in ('pix', 'bankslip', 'creditCard', 'debitCard')),
  drop constraint charge_card_check,
  add constraint charge_card_check check ((type in ('creditCard', 'debitCard')) = (wants_capture is not null)),
  -- As São Paulo counts days; text, for a date of PostgreSQL becomes a moment on its way.
  add column due_on text check (due_on ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$'),
  add column payable_days int check (payable_days between 0 and 120),
  add column fine jsonb,
  add column interest_bps int check (interest_bps between 1 and 990),
  add column barcode text check (barcode ~ '^[0-9]{44}$'),
  add column digitable_line text check (digitable_line ~ '^[0-9]{47}$'),
  add column reference_code text,
  add constraint charge_slip_check check ((type = 'bankslip') = (due_on is not null and payable_days is not null));
-- A name that a provider or a merchant gave is found whoever asks; the newest of a code first.
drop index charge_payment_id;
create index charge_payment_id on charge (payment_id, merchant_id, mode) where payment_id is not null;
drop index charge_code;
create index charge_code on charge (custom_code, merchant_id, mode, created_at desc, id desc)
  where custom_code is not null;
create index charge_provider on charge (merchant_id, mode, provider, created_at desc, id desc)
  where provider is not null;
`;
