import type { Provider, ProviderId } from './contract/provider.js';
import { gerencianet } from './gerencianet/gerencianet.provider.js';

/** Every provider there is; a new one is a folder and a line here. */
export const registry: readonly Provider[] = [gerencianet];

export const providerOf = (id: ProviderId): Provider | undefined => registry.find((it) => it.id === id);
