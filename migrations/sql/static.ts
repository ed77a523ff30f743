/** Pix codes that may be paid any number of times, and charges whose money no call has asked for. */
export const staticPix = `
alter table charge
  -- Of a code that may be paid any number of times: each payment is a charge of its own.
  add column reusable boolean not null default false,
  -- The account to whose key it is paid, and what was agreed of that money when the code was made.
  add column credential_id uuid references credential,
  add column terms jsonb,
  -- Of one payment: the code's row, and the movement whose money it is.
  add column static_id uuid references charge,
  add column movement_id uuid references movement,
  add constraint charge_static_check check (
    case when reusable
      then type = 'pix' and status in ('pending', 'canceled', 'failed') and amount_paid = 0 and static_id is null
        and (status = 'failed') = (credential_id is null)
      else credential_id is null
    end),
  add constraint charge_receipt_check check (static_id is null or movement_id is not null);
create unique index charge_movement on charge (movement_id) where movement_id is not null;
alter table refund
  alter column attempt_id drop not null,
  add constraint refund_money_check check (attempt_id is not null or movement_id is not null);
`;
