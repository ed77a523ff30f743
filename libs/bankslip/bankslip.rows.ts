import { slipExpiry } from '@libs/brazil/workdays.js';
import { wholeSale } from '@libs/charges/settle.js';
import type { Merchant } from '@libs/kernel/caller.js';
import { midnight } from '@libs/kernel/period.js';
import { type Em, later } from '@libs/kernel/transaction.js';
import { toJson } from '@libs/money/cents.js';
import type { CreateBankslipDto, FineDto } from './bankslip.dto.js';
import type { FineRow } from './bankslip.entity.js';

/** How long a slip can be paid after its due date, where nobody says. */
export const usualPayableDays = 30;

function fineRow({ percentage, amount }: FineDto): FineRow {
  return amount === undefined ? { rateBps: percentage! } : { amount: toJson(amount) };
}

interface Asked {
  readonly id: string;
  readonly dto: CreateBankslipDto;
  readonly status: 'processing' | 'failed';
}

/** The row of the first commit: `processing`, or `failed` at once when no lane can serve it. */
export async function insertSlip(em: Em, { merchantId, mode }: Merchant, { id, dto, status }: Asked): Promise<void> {
  const { amount, dueDate, payerData, customCode, instructions, fine, interest } = dto;
  const { daysAfterDue = usualPayableDays } = dto;
  const expires = midnight(slipExpiry(dueDate, daysAfterDue)).toISOString();
  await later(
    em,
    `insert into charge (id, merchant_id, mode, type, status, custom_code, amount, currency, shares, customer,
       instructions, due_on, payable_days, fine, interest_bps, expires_at, expire_due_at)
     values (?, ?, ?, 'bankslip', ?, ?, ?, 'BRL', ?::jsonb, ?::jsonb, ?, ?, ?, ?::jsonb, ?, ?, ?)`,
    [
      id,
      merchantId,
      mode,
      status,
      customCode ?? null,
      amount,
      JSON.stringify(wholeSale(amount)),
      JSON.stringify(payerData),
      instructions ?? null,
      dueDate,
      daysAfterDue,
      fine ? JSON.stringify(fineRow(fine)) : null,
      interest?.percentage ?? null,
      expires,
      expires,
    ],
  );
}
