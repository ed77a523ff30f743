import type { Provider, ProviderId } from './contract/provider.js';
import { cielo } from './cielo/cielo.provider.js';
import { gerencianet } from './gerencianet/gerencianet.provider.js';
import { pinbank } from './pinbank/pinbank.provider.js';
import { stripe } from './stripe/stripe.provider.js';

/** Every provider of the installation. A new one is its folder and its line here. */
export const registry: readonly Provider[] = [gerencianet, cielo, stripe, pinbank];

/** @throws Error for a name that no provider has: rows name only registered ones. */
export function providerOf(id: ProviderId): Provider {
  const provider = registry.find((it) => it.id === id);
  if (!provider) throw new Error(`no provider is called ${id}`);
  return provider;
}
