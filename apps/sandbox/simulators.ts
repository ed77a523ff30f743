import { cielo } from './cielo/cielo.js';
import { gerencianet } from './gerencianet/gerencianet.js';
import { pinbank } from './pinbank/pinbank.js';
import { stripe } from './stripe/stripe.js';

/** Every provider that is played here: a folder, and its line. */
export const simulators = [gerencianet, cielo, stripe, pinbank] as const;

type Each = (typeof simulators)[number];
/** By provider, what its customer needs to be let in. */
export type Accounts = { readonly [S in Each as S['id']]: ReturnType<S['account']> };
