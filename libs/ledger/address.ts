/**
 * Places in the ledger. Only what can refuse a claim has a balance row of its own, and so a lock; every other address
 * is the sum of its postings, because a row that every sale locks would put the whole platform in single file.
 */
export type Pocket = 'payable' | 'receivable';
export type ProviderPlace = 'clearing' | 'fees' | 'suspense';

/** What a merchant can draw. */
export const merchantPayable = (merchantId: string): string => `merchant:${merchantId}:payable`;
/** Sold, not yet arrived. */
export const merchantReceivable = (merchantId: string): string => `merchant:${merchantId}:receivable`;
/** What a provider owes us. */
export const providerClearing = (provider: string): string => `provider:${provider}:clearing`;
/** What a provider charged us. */
export const providerFees = (provider: string): string => `provider:${provider}:fees`;
/** Money at a provider that nobody owns yet. */
export const providerSuspense = (provider: string): string => `provider:${provider}:suspense`;
export const refundsTransit = 'refunds:transit';
export const platformFees = 'platform:fees';
export const platformBank = 'platform:bank';
export const platformLosses = 'platform:losses';

export type Place =
  | { readonly kind: 'merchant'; readonly id: string; readonly pocket: Pocket }
  | { readonly kind: 'provider'; readonly id: string; readonly place: ProviderPlace }
  | { readonly kind: 'refunds'; readonly place: 'transit' }
  | { readonly kind: 'platform'; readonly place: 'fees' | 'bank' | 'losses' };

const fixed: Readonly<Record<string, Place>> = {
  [refundsTransit]: { kind: 'refunds', place: 'transit' },
  [platformFees]: { kind: 'platform', place: 'fees' },
  [platformBank]: { kind: 'platform', place: 'bank' },
  [platformLosses]: { kind: 'platform', place: 'losses' },
};
const isPocket = (text: string): text is Pocket => text === 'payable' || text === 'receivable';
const isProviderPlace = (text: string): text is ProviderPlace =>
  text === 'clearing' || text === 'fees' || text === 'suspense';
const name = /^[A-Za-z0-9_-]{1,64}$/;

/**
 * The parts of an address; undefined when it is none of ours, which `post` refuses: a typo must not become an account.
 */
export function parseAddress(address: string): Place | undefined {
  if (Object.hasOwn(fixed, address)) return fixed[address];
  const [kind = '', id = '', last = '', ...rest] = address.split(':');
  if (rest.length > 0 || !name.test(id)) return undefined;
  if (kind === 'merchant' && isPocket(last)) return { kind, id, pocket: last };
  if (kind === 'provider' && isProviderPlace(last)) return { kind, id, place: last };
  return undefined;
}

/** The same rule as a regular expression of PostgreSQL, for reports that compare all addresses at once. */
export const lockedPattern = '^merchant:[^:]+:(payable|receivable)$';

/** Whether an address has a balance row: it can refuse a claim, and it can owe. */
export const isLocked = (address: string): boolean => parseAddress(address)?.kind === 'merchant';
