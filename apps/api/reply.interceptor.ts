import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { map, type Observable } from 'rxjs';
import { Reply } from '@libs/kernel/reply.js';

interface Answer {
  status(code: number): Answer;
  header(name: string, value: string): Answer;
}

/** Gives a `Reply` its status code, and says so when it is a replay. */
@Injectable()
export class ReplyInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler<unknown>): Observable<unknown> {
    return next.handle().pipe(
      map((answer) => {
        if (!(answer instanceof Reply)) return answer;
        const response = context.switchToHttp().getResponse<Answer>();
        response.status(answer.status);
        if (answer.replayed) response.header('Idempotent-Replayed', 'true');
        return answer.body as unknown;
      }),
    );
  }
}
