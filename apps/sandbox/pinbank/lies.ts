import { printed } from './barcode.js';
import { type Json, type Room, codeText, members } from './room.js';
import { codeTable, slipTable } from './rows.js';

const amounts = /^(Valor(Pago|Bruto|BrutoParcela|DisponivelDevolucao)?|Saldo)$/;

/** A code and a bar code say their amount too. */
function reprinted(room: Room, data: Json): Json {
  const code = room.world.of(codeTable).get(String(data['PinbankQrCodeId']));
  if (code) return { ...data, TextoQrCode: codeText(code.txid, code.amount + 1n) };
  const slip = room.world.of(slipTable).get(String(data['NossoNumero']));
  if (!slip) return data;
  const our = slip.number.slice(3, 14);
  const { line, barcode } = printed(room.wire.slip, our, slip.due, slip.amount + 1n);
  return { ...data, LinhaDigitavel: line, CodigoBarras: barcode };
}

/** A lie in the right shape: every amount of what was done is a little too high. */
export function overstated(room: Room, data: unknown): unknown {
  if (Array.isArray(data)) return data.map((it: unknown) => overstated(room, it));
  const json = members(data);
  if (!json) return data;
  return Object.fromEntries(
    Object.entries(reprinted(room, json)).map(([name, value]) => {
      if (Array.isArray(value)) return [name, overstated(room, value)];
      return [name, typeof value === 'number' && amounts.test(name) ? value + 1 : value];
    }),
  );
}
