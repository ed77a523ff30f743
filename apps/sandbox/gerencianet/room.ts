import type { Account } from '@apps/sandbox/certificates.js';
import type { CallbackTimes } from '@apps/sandbox/callbacks.js';
import { type Asked, Refusal } from '@apps/sandbox/front.js';
import type { Flaw } from '@apps/sandbox/schema.js';
import type { Ground } from '@apps/sandbox/simulator.js';

/** What the provider's pages leave open, and how long things take there. The values are in wire.ts. */
export interface Wire extends CallbackTimes {
  tokenSeconds: number;
  invalidClientStatus: number; // of wrong credentials: not confirmed
  missingStatus: number; // of a txid, Pix or refund nobody knows: Efí says 400, BACEN 404
  webhookStatus: number; // of a registered address: Efí says 201, BACEN 200
  webhookBody: 'url' | 'none';
  withLocCreation: boolean; // `loc.criacao`: in the official schemas, absent from the printed samples
  calendarRequired: boolean;
  plainCallbacks: boolean; // the real one calls https only; our own side is plain HTTP on this machine
  tellsWithoutTxid: boolean; // whether a Pix that names no charge is called about: BACEN says of one with txid only
  blockedDocuments: readonly string[];
  refundDays: number;
  refundDelayMs: number;
  slipMissingStatus: number; // of a charge or token nobody knows: only its code is printed
  slipWithPix: boolean; // a slip that is also a Pix: as the account is set
  slipPaidInDetail: boolean; // what was paid is in the list and in the notification; of the detail no page says so
  slipTellsCreation: boolean; // whether a charge that was just made is notified of
  slipTellsSecond: boolean; // whether a slip that is paid once more is notified of
  slipUntilRead: boolean; // a notification is taken once its token was asked for, whatever was answered to it
  slipIdentical: 'withOrder' | 'whateverOrder' | 'never'; // what makes three charges identical: its custom_id too?
  slipMostInterest: { daily: number; monthly: number }; // thousandths of a percent; one limit is printed, for a day
  slipWriteOffDays: number; // of a slip that says nothing
  slipOverdue: 'unpaid' | 'waiting'; // past its day
  slipWrittenOff: 'unpaid' | 'expired' | 'canceled'; // past its last payable day
  slipPage: { usual: number; most: number };
  holdMs: number; // the longest a timed-out call is held open
  slowMs: number;
}

/** Everything the provider's acts need, made once at the start. */
export interface Room extends Ground<Account> {
  readonly wire: Wire;
}

/** The provider's older family of errors. */
export const named = (status: number, nome: string, mensagem: string, erros?: readonly Flaw[]): Refusal =>
  new Refusal(status, { nome, mensagem, ...(erros && { erros }) });

export const malformed = (erros: readonly Flaw[]): Refusal =>
  named(400, 'json_invalido', 'Valores ou tipos de campos inválidos', erros);

/** The body of a call as JSON; throws the refusal that says that it is none. */
export function json({ body }: Asked): unknown {
  if ('json' in body) return body.json;
  throw malformed([{ chave: 'json', caminho: '', mensagem: 'o corpo deve ser um JSON válido' }]);
}

/** The newer family, RFC 7807 with the types of the normative contract. */
export const problem = (status: number, type: string, title: string, razao: string, propriedade: string): Refusal =>
  new Refusal(
    status,
    {
      type: `https://pix.bcb.gov.br/api/v2/error/${type}`,
      title,
      status,
      detail: razao,
      violacoes: [{ razao, propriedade }],
    },
    { 'content-type': 'application/problem+json' },
  );

export const oauth = (status: number, error: string, description: string): Refusal =>
  new Refusal(status, { error, error_description: description });
