import type { Sandbox } from '@apps/sandbox/server.js';
import type { LaneView } from '@libs/routing/lanes.dto.js';

/**
 * Tells the sandbox where those providers call that are told so by hand in the real world: a form on their site. It
 * refuses for a provider that is told on its wire, which our own side does.
 */
export async function tellByHand(sandbox: Pick<Sandbox, 'url'>, lanes: readonly LaneView[]): Promise<void> {
  const simulated = lanes.filter(({ credential }) => credential.environment === 'simulator');
  const addresses = new Map(simulated.map(({ provider, callbackUrl }) => [provider, callbackUrl]));
  for (const [provider, url] of addresses) {
    const { status } = await fetch(`${sandbox.url}/_sim/callbacks`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ provider, url }),
    });
    if (status !== 200 && status !== 422) throw new Error(`the sandbox does not take an address: ${status}`);
  }
}
