import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';
import {
  Fault,
  ForbiddenFault,
  InternalFault,
  InvalidFault,
  LimitedFault,
  MissingFault,
  UnauthorisedFault,
  UnavailableFault,
} from '@libs/kernel/fault.js';
import { redact } from '@libs/kernel/log.js';
import { sqlState } from '@libs/kernel/transaction.js';

/** The body of every answer that is an error (api.md §1). */
export const bodyOf = (fault: Fault, requestId: string): Readonly<Record<string, unknown>> => ({
  code: fault.code,
  message: fault.message,
  requestId,
  ...fault.extra,
});

// Connections refused, cut or not to be had, and PostgreSQL starting, stopping, full or out of room on its disk.
const away = /^(?:ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|EPIPE|ETIMEDOUT|08(?!P01)...|57P0[1-3]|53[1-3]00|58030)$/;
const awayText = /timeout exceeded when trying to connect|connection (terminated|ended unexpectedly)|is not queryable/i;
/** A quota is no full disk to PostgreSQL, which then tells the reason in words alone. */
const fullText = /could not (extend|write to) file/i;

function isAway(error: unknown): boolean {
  if (away.test(sqlState(error) ?? '')) return true;
  return error instanceof Error && (awayText.test(error.message) || fullText.test(error.message));
}

function ofHttp(error: HttpException): Fault {
  switch (error.getStatus()) {
    case 400:
      return new InvalidFault([], 400, 'malformed_json', 'Requisição malformada.');
    case 401:
      return new UnauthorisedFault();
    case 403:
      return new ForbiddenFault();
    case 404:
    case 405:
    case 414:
      return new MissingFault('Recurso não encontrado.');
    case 413:
      return new InvalidFault([], 413, 'payload_too_large', 'Corpo da requisição grande demais.');
    case 415:
      return new InvalidFault(
        [],
        415,
        'unsupported_media_type',
        'Tipo de mídia não suportado: envie application/json.',
      );
    case 429:
      return new LimitedFault(1);
    case 503:
      return new UnavailableFault('Serviço temporariamente indisponível.');
    default:
      return new InternalFault();
  }
}

/** What the caller is told of an error: never what it says itself, unless it is a Fault. */
export function faultOf(error: unknown): Fault {
  if (error instanceof Fault) return error;
  if (error instanceof HttpException) return ofHttp(error);
  return isAway(error) ? new UnavailableFault('Serviço temporariamente indisponível.') : new InternalFault();
}

interface Asked {
  readonly id: string;
}
interface Answer {
  readonly sent: boolean;
  code(status: number): Answer;
  header(name: string, value: string): Answer;
  send(body: unknown): Answer;
}

/** Every error leaves by here. What nobody foresaw is logged, its secrets cut, and answered as `internal_error`. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  private readonly log = new Logger('api');

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const [{ id }, answer] = [http.getRequest<Asked>(), http.getResponse<Answer>()];
    const fault = faultOf(error);
    const foreseen = error instanceof Fault || error instanceof HttpException;
    if (!foreseen || fault instanceof InternalFault) this.log.error(redact(`${id} ${told(error)}`));
    if (answer.sent) return;
    if (fault.status === 401) answer.header('WWW-Authenticate', 'Basic realm="trilho"');
    if (fault.retryAfterSeconds !== undefined) answer.header('Retry-After', String(fault.retryAfterSeconds));
    answer.header('Content-Type', 'application/json; charset=utf-8').code(fault.status).send(bodyOf(fault, id));
  }
}

const told = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error));
