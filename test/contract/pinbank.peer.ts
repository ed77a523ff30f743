import type { Operation } from '@libs/providers/contract/acts.js';
import type { Sandbox } from '@apps/sandbox/server.js';
import type { Peer } from './peers.js';
import { cvv, number, seal, unseal } from './pinbank.client.js';
import type { Said } from './tap.js';

const minuteMs = 60_000;
const keyOf = ({ accounts }: Sandbox): string => accounts.pinbank.keyValue;
interface Box {
  readonly Data?: { readonly Json?: string } | null;
}
const parsed = (body: string): Box | undefined => {
  try {
    return JSON.parse(body) as Box;
  } catch {
    return undefined;
  }
};
/** A body in clear; one that is not sealed stays as it is. */
function open(sandbox: Sandbox, body: string): string {
  const it = parsed(body);
  const json = it?.Data?.Json;
  return typeof json === 'string'
    ? JSON.stringify({ ...it, Data: JSON.parse(unseal(keyOf(sandbox), json)) as unknown })
    : body;
}
/** The same sealed; what has no `Data` to seal stays as it is. */
function close(sandbox: Sandbox, body: string): string {
  const it = parsed(body);
  if (typeof it?.Data !== 'object' || it.Data === null) return body;
  return JSON.stringify({ ...it, Data: { Json: seal(keyOf(sandbox), JSON.stringify(it.Data)) } });
}

const said = (Data: unknown, ResultCode = 0, Message = 'Sucesso.'): string =>
  JSON.stringify({ Data, ResultCode, Message, ValidationData: null });

/** A statement shows everybody's sales: the last one is ours. */
function ours(it: Said): Said {
  const whole = JSON.parse(it.body) as { readonly Data?: unknown };
  if (!Array.isArray(whole.Data)) return it;
  const rows = whole.Data as { readonly NsuOperacao?: string }[];
  const last = rows.at(-1)?.NsuOperacao;
  return { ...it, body: JSON.stringify({ ...whole, Data: rows.filter((row) => row.NsuOperacao === last) }) };
}

const created: readonly Operation[] = ['pix.create', 'bankslip.create', 'cards.authorize'];

export const pinbank: Peer = {
  credentials: ({ accounts }) => ({ environment: 'simulator', ...accounts.pinbank }),
  spoiled: { keyValue: '0123456789abcdef' },
  card: { number, holder: 'MARIA DE SOUZA', expires: '12/2030', brand: 'visa', cvv },
  foreign: {},
  secrets: (sandbox) => [keyOf(sandbox), number, `"${cvv}"`],
  proofs: {
    'pix.create': { by: 'harmless' },
    'pix.cancel': { by: 'harmless' },
    'bankslip.create': { by: 'key', afterMs: 60 * minuteMs },
    'bankslip.cancel': { by: 'state', afterMs: 24 * 60 * minuteMs },
    'cards.authorize': { by: 'human' },
    'cards.capture': { by: 'human' },
    'cards.void': { by: 'human' },
    'cards.refund': { by: 'human' },
  },
  keyless: ['pix.cancel', 'bankslip.cancel', 'cards.capture', 'cards.void', 'cards.refund'],
  repeated: created,
  again: { 'pix.cancel': 'declined', 'cards.refund': 'unknown' },
  nameless: ['pix.create', 'pix.cancel', 'cards.authorize', 'cards.refund'],
  later: ['bankslip.cancel', 'cards.refund'],
  whole: ['cards.refund'],
  told: ['pix.create'],
  payments: (operation) => (operation === 'pix.create' ? 'untold' : 'summed'),
  asks: 'POST',
  letter: { open, close },
  words: ['ResultCode', 'DescricaoStatus', 'Status'],
  money: /^000201.*6304[0-9A-F]{4}$|^\d{47}$/s,
  amounts: () => /^ValorBruto$/,
  names: () => ['PinbankQrCodeId', 'NsuOperacao', 'NossoNumero'],
  ours,
  tokens: 1,
  refusal: (status) => ({ status, body: said(null, 1, 'Nunca visto.') }),
  unsent: () => [{ status: 401, body: '{"Message":"Authorization has been denied for this request."}' }],
  absences: (operation) => (operation === 'bankslip.create' ? [{ status: 200, body: said([]) }] : []),
};
