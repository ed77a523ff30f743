import type { CallbackTimes } from '@apps/sandbox/callbacks.js';

/**
 * The provider publishes no reference. What integrations of others disagree about, or nobody has written down, is
 * switched here; a word in quotes that no source gives is invented, and an adapter must not read it.
 */
export interface Wire extends CallbackTimes {
  base: string;
  tokenSeconds: number; // 300 and 1800 were seen
  origin: 'required' | 'optional'; // the header RequestOrigin: called mandatory, and left out by one integration
  plain: 'taken' | 'refused'; // the methods without `Encrypted`, seen in suites of tests alone
  asked: 'envelope' | 'inner' | 'either'; // what the text of a sealed body is: the whole body, or what is in its Data
  answered: 'inner' | 'envelope'; // the same of an answer; both were seen
  errors: 'clear' | 'sealed'; // how a refusal travels
  codes: 'number' | 'text'; // of ResultCode
  validation: 'null' | 'object'; // ValidationData of an answer that is good
  repeated: 'taken' | 'refused'; // an own reference that was used before
  dueDate: 'either' | 'YYYYMMDD' | 'YYYY-MM-DD';
  slipAmount: 'cents' | 'reais';
  pixAmount: 'cents' | 'reais';
  overstays: 'paid' | 'refused'; // a code after its expiry, when it was made to end then
  signed: 'ts.body' | 'id.ts.body'; // the text under the signature of an event
  keys: 'published' | 'absent'; // the page of signing keys: absent at the development host
  signingKey: number; // the generation in force; an older one is published for as long as it is
  saleHeld: 'listed' | 'hidden'; // whether the statement of sales shows what is authorised only
  refundMs: number; // from the answer of a cancelled sale to the money being back; nobody says whether it is at once
  refunded: 'Compra.TransacaoReembolsada' | 'Compra.TransacaoCancelada'; // the event of a part
  securityCode: 'required' | 'optional';
  pastExpiry: 'taken' | 'refused';
  denied: readonly string[]; // last four digits of cards whose issuer says no
  mostInstallments: number;
  registerMs: number; // until a slip is registered
  writeOffMs: number; // until a write-off is done
  lineNames: 'bare' | 'named'; // whether a line of the statement says what it is of
  statementDays: number; // of one question; the limit of one integration, or the provider's
  pixWords: { readonly open: string; readonly paid: string; readonly undone: string };
  slip: { readonly bank: string; readonly agency: string; readonly wallet: string; readonly account: string };
  disputeMs: number;
  portalCents: bigint; // what somebody cancels at the provider's site under `portal_void`
  holdMs: number;
  slowMs: number;
}

const minuteMs = 60_000;

export const wire: Wire = {
  base: '/services/api',
  tokenSeconds: 300,
  origin: 'required',
  plain: 'taken',
  asked: 'either',
  answered: 'inner',
  errors: 'clear',
  codes: 'number',
  validation: 'null',
  repeated: 'taken',
  dueDate: 'either',
  slipAmount: 'cents',
  pixAmount: 'cents',
  overstays: 'refused',
  signed: 'ts.body',
  keys: 'published',
  signingKey: 1,
  saleHeld: 'listed',
  refundMs: 150,
  refunded: 'Compra.TransacaoReembolsada',
  securityCode: 'optional',
  pastExpiry: 'refused',
  denied: [],
  mostInstallments: 12,
  registerMs: 100,
  writeOffMs: 150,
  lineNames: 'bare',
  statementDays: 31,
  pixWords: { open: 'ATIVO', paid: 'PAGO', undone: 'DESFEITO' },
  slip: { bank: '093', agency: '0001', wallet: '09', account: '0000001' },
  disputeMs: 150,
  portalCents: 1n,
  holdMs: minuteMs,
  slowMs: 1000,
  lateMs: 2000,
  callbackTimeoutMs: minuteMs,
  callbackTries: 10,
};
