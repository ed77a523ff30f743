import { type CanActivate, type ExecutionContext, type INestApplicationContext, Injectable } from '@nestjs/common';
import { MetadataScanner, ModulesContainer, Reflector } from '@nestjs/core';
import { type Caller, type Scope, scopeMetadata } from '@libs/kernel/caller.js';
import { ForbiddenFault, UnauthorisedFault } from '@libs/kernel/fault.js';

export type Demand = Scope | 'administrator' | 'public';

/** Whether a key may use a route: its kind and its scope. Who the key is, the edge has found out before. */
@Injectable()
export class AuthGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const demand = this.reflector.getAllAndOverride<Demand | undefined>(scopeMetadata, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (demand === 'public') return true;
    const { caller } = context.switchToHttp().getRequest<{ readonly caller?: Caller }>();
    if (caller === undefined) throw new UnauthorisedFault();
    if (demand === undefined || !allows(caller, demand)) throw new ForbiddenFault();
    return true;
  }
}

function allows(caller: Caller, demand: Scope | 'administrator'): boolean {
  if (caller.kind === 'administrator') return demand === 'administrator';
  return demand !== 'administrator' && (caller.scopes.includes('*') || caller.scopes.includes(demand));
}

interface Route {
  /** As the OpenAPI document names the operation. */
  readonly id: string;
  readonly name: string;
  readonly demand?: Demand;
}

/** Every handler of every controller that has a path, with what it asks of a key. */
function routesOf(app: INestApplicationContext): readonly Route[] {
  const [modules, scanner] = [app.get(ModulesContainer), new MetadataScanner()];
  return [...modules.values()]
    .flatMap(({ controllers }) => [...controllers.values()])
    .flatMap(({ metatype }) => {
      if (typeof metatype !== 'function') return [];
      const prototype = metatype.prototype as Readonly<Record<string, object>>;
      const demandOf = (it: object): Demand | undefined => Reflect.getMetadata(scopeMetadata, it) as Demand | undefined;
      return scanner
        .getAllMethodNames(prototype)
        .filter((name) => Reflect.hasMetadata('path', prototype[name]!))
        .map((name) => ({
          id: `${metatype.name}_${name}`,
          name: `${metatype.name}.${name}`,
          demand: demandOf(prototype[name]!) ?? demandOf(metatype),
        }));
    });
}

/** What every route asks of a key, by its operationId. */
export const demandsOf = (app: INestApplicationContext): ReadonlyMap<string, Demand | undefined> =>
  new Map(routesOf(app).map(({ id, demand }) => [id, demand]));

/** @throws Error that names every route which says of no key what it must be: none is open, or shut, by oversight. */
export function assertGuarded(app: INestApplicationContext): void {
  const bare = routesOf(app).flatMap(({ name, demand }) => (demand === undefined ? [name] : []));
  if (bare.length > 0) throw new Error(`routes that ask nothing of a key: ${bare.join(', ')}`);
}
