import { createParamDecorator, type ExecutionContext, SetMetadata } from '@nestjs/common';

export type Scope = 'read' | 'charge' | 'refund' | 'payout';
export type Mode = 'test' | 'live';

/** A merchant's key at work. Everything it may see is (merchantId, mode). */
export interface Merchant {
  readonly kind: 'merchant';
  readonly keyId: string;
  readonly merchantId: string;
  readonly mode: Mode;
  readonly scopes: readonly (Scope | '*')[];
}
/** An administrator's key at work: a named person. */
export interface Administrator {
  readonly kind: 'administrator';
  readonly keyId: string;
  readonly person: string;
}
export type Caller = Merchant | Administrator;

export const scopeMetadata = 'trilho:scope';
/** What a route asks of a key. Without any of the three a route is refused at boot: none is open by oversight. */
export const Needs = (scope: Scope): MethodDecorator => SetMetadata(scopeMetadata, scope);
export const AdministratorOnly = (): ClassDecorator & MethodDecorator => SetMetadata(scopeMetadata, 'administrator');
export const Public = (): ClassDecorator & MethodDecorator => SetMetadata(scopeMetadata, 'public');

interface Asked {
  readonly caller?: Caller;
}
/** The merchant who asks; the guard has made sure that there is one. */
export const Asking = createParamDecorator((_: unknown, context: ExecutionContext): Merchant => {
  const { caller } = context.switchToHttp().getRequest<Asked>();
  if (caller?.kind !== 'merchant') throw new Error('a merchant route without its guard');
  return caller;
});
/** The administrator who asks. */
export const Admin = createParamDecorator((_: unknown, context: ExecutionContext): Administrator => {
  const { caller } = context.switchToHttp().getRequest<Asked>();
  if (caller?.kind !== 'administrator') throw new Error('an administrator route without its guard');
  return caller;
});
