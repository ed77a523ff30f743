import { dueFactor } from '@libs/brazil/barcode.js';
import { type PixKeyType, pixKey, pixKeyOf } from '@libs/brazil/pixkey.js';
import { now } from '@libs/kernel/clock.js';
import { refusedField } from '@libs/kernel/fault.js';
import { dayAt } from '@libs/kernel/period.js';
import type { FineDto, pixKeyTypes, SlipRefundToDto } from './bankslip.dto.js';

const invalid = 'Valor inválido.';

/** @throws InvalidFault when a fine is both a part and an amount, or neither. */
export function assertOneFine(fine: FineDto | undefined): void {
  if (!fine) return;
  if (fine.percentage === undefined && fine.amount === undefined) {
    throw refusedField('fine.percentage', 'required', 'Informe a porcentagem ou o valor.');
  }
  if (fine.percentage !== undefined && fine.amount !== undefined) {
    throw refusedField('fine.amount', 'invalid', 'Informe a porcentagem ou o valor, não os dois.');
  }
}

/** @throws InvalidFault for a day that is over in São Paulo, or one that no bar code can hold. */
export function assertDueDate(day: string): void {
  const refused = refusedField('dueDate', 'out_of_range', 'Valor fora dos limites.');
  if (day < dayAt(now())) throw refused;
  try {
    dueFactor(day);
  } catch {
    throw refused;
  }
}

/** The words of the contract for what the directory of keys calls otherwise. */
const types: Readonly<Record<(typeof pixKeyTypes)[number], PixKeyType>> = {
  cpf: 'cpf',
  cnpj: 'cnpj',
  email: 'email',
  telefone: 'phone',
  chaveAleatoria: 'random',
};

/** @throws InvalidFault unless it names one who can receive: a Pix key that is one, or an account. */
export function assertReceiver(to: SlipRefundToDto | undefined): void {
  if (!to) return;
  const { pixKey: key, pixType, accountNumber } = to;
  if (key === undefined) {
    if (accountNumber === undefined) throw refusedField('to.pixKey', 'required', 'Informe a chave Pix ou a conta.');
    if (pixType !== undefined) throw refusedField('to.pixType', 'invalid', invalid);
    return;
  }
  if (accountNumber !== undefined) {
    throw refusedField('to.accountNumber', 'invalid', 'Informe a chave Pix ou a conta, não as duas.');
  }
  if (pixType !== undefined && pixKeyOf(types[pixType], key) !== undefined) return;
  if (!pixKey(key)) throw refusedField('to.pixKey', 'invalid', invalid);
  if (pixType !== undefined) throw refusedField('to.pixType', 'invalid', invalid);
}
