import { printedLine } from '@libs/brazil/barcode.js';
import { addDays } from '@libs/brazil/days.js';
import { addWorkdays, workdayFrom } from '@libs/brazil/workdays.js';
import type { Charge } from '@libs/charges/charges.entity.js';
import type { Method } from '@libs/charges/methods.js';
import { now } from '@libs/kernel/clock.js';
import { dayAt, midnight } from '@libs/kernel/period.js';
import type { BankslipData } from '@libs/providers/contract/inputs.js';
import { slipOf } from './bankslip.entity.js';

/** How long after its last day money for a slip that nobody could close is waited for. */
const lingersDays = 60;
/** How long a bank may take to tell of a slip that was paid before it was cancelled. */
const watchedWorkdays = 5;

const lineOf = (line: string | null | undefined): string | null => (line ? printedLine(line) : null);
const dueAt = (charge: Charge): string => midnight(slipOf(charge).dueOn).toISOString();

/** What a slip adds to a charge. Its money is given back by a pay-out, for no provider refunds a slip. */
export const bankslipMethod: Method = {
  type: 'bankslip',
  missing: 'Boleto não encontrado ou não disponível.',
  money: 'bankslip',
  change: 'bankslipUpdate',
  cancels: 'bankslip.cancel',
  fill(charge, data, { ref }) {
    const slip = slipOf(charge);
    const { barcode, line, number, qrCode } = data as Partial<BankslipData>;
    if (!slip.barcode) slip.paymentId = ref ?? slip.paymentId ?? null; // a second lane has a name of its own
    slip.barcode ??= barcode ?? null;
    slip.digitableLine ??= line ?? null;
    slip.referenceCode ??= number ?? null;
    slip.qrCode ??= qrCode ?? null;
  },
  lingers(charge) {
    const { dueOn, payableDays } = slipOf(charge);
    return midnight(addDays(workdayFrom(addDays(dueOn, payableDays)), lingersDays));
  },
  watched: () => midnight(addDays(addWorkdays(dayAt(now()), watchedWorkdays), 1)),
  view(charge) {
    const { digitableLine, barcode, qrCode } = slipOf(charge);
    return {
      digitableLine: lineOf(digitableLine),
      barcode: barcode ?? null,
      dueDate: dueAt(charge),
      qrCode: qrCode ?? null,
    };
  },
  metadata(charge) {
    const { paymentId, referenceCode, digitableLine } = slipOf(charge);
    return { paymentId, dueDate: dueAt(charge), referenceCode, digitableLine: lineOf(digitableLine) };
  },
};
