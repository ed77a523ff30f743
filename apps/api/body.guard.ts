import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import { assertEmpty } from '@libs/kernel/checked.js';

/** What a pipe never sees: the body of a route that takes none. It may be there, and empty, and nothing more. */
@Injectable()
export class BodyGuard implements CanActivate {
  private readonly known = new WeakMap<object, boolean>();

  /** @throws InvalidFault (422) that names every member. */
  canActivate(context: ExecutionContext): boolean {
    const handler = context.getHandler();
    let takes = this.known.get(handler);
    if (takes === undefined) this.known.set(handler, (takes = takesBody(context)));
    if (!takes) assertEmpty(context.switchToHttp().getRequest<{ readonly body?: unknown }>().body);
    return true;
  }
}

function takesBody(context: ExecutionContext): boolean {
  const name = context.getHandler().name;
  const parameters = (Reflect.getMetadata(ROUTE_ARGS_METADATA, context.getClass(), name) ?? {}) as object;
  return Object.keys(parameters).some((it) => it.startsWith(`${RouteParamtypes.BODY}:`));
}
