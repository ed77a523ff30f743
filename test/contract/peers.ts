import type { Operation } from '@libs/providers/contract/acts.js';
import type { Proof } from '@libs/providers/contract/proof.js';
import type { ProviderId } from '@libs/providers/contract/provider.js';
import type { Sandbox } from '@apps/sandbox/server.js';
import type { Said } from './tap.js';

/** What the suite must be told of a provider, because no list of ours says it. */
export interface Peer {
  /** What opens the account that the sandbox keeps there. */
  credentials(sandbox: Sandbox): object;
  /** Names of that account by which a test may ask for another one's. */
  readonly foreign: Readonly<Record<string, string>>;
  /** What no log may show, beside the tokens that the wire itself gives away. */
  secrets(sandbox: Sandbox): readonly string[];
  /** The rows of the evidence: what proves that an act has never happened. */
  readonly proofs: Readonly<Partial<Record<Operation, Proof>>>;
  /** A merchant's own id that this provider takes as a key. */
  wish(n: number): string;
  /** Acts whose key has no place on the wire: the thing they act upon has one. */
  readonly keyless: readonly Operation[];
  /** Members of an answer that hold one of the provider's words for a state. */
  readonly words: readonly string[];
  /** The shape of an amount in an answer. */
  readonly money: RegExp;
  /** A refusal in the provider's own form: with this word of its own, which may be one that nobody knows. */
  refusal(status: number, word: string): Said;
  /** Its own refusals after which its sheet says that nothing was executed. */
  readonly unsent: readonly Said[];
  /** Its own words for "there is no such thing", by the act that is asked after. */
  absences(operation: Operation): readonly Said[];
}

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

const efi = (status: number, nome: string): Said => ({
  status,
  body: JSON.stringify({ nome, mensagem: 'Não foi possível.' }),
});
const oauth = (status: number, error: string): Said => ({
  status,
  body: JSON.stringify({ error, error_description: 'Not now' }),
});
const unseen = (...words: string[]): readonly Said[] => words.flatMap((it) => [efi(400, it), efi(404, it)]);

const gerencianet: Peer = {
  credentials: ({ accounts }) => ({ environment: 'simulator', ...accounts.gerencianet }),
  foreign: { pixKey: 'somebody@else.example' },
  secrets: ({ accounts: { gerencianet: it } }) => [
    it.clientSecret,
    it.clientId,
    it.certificate,
    Buffer.from(`${it.clientId}:${it.clientSecret}`).toString('base64'),
  ],
  proofs: {
    'pix.create': { by: 'key', afterMs: 2 * minuteMs },
    'pix.cancel': { by: 'state', afterMs: 2 * minuteMs },
    'pix.refund': { by: 'again', untilMs: 90 * dayMs },
  },
  wish: (n) => `Pedido${String(n).padStart(24, '0')}`,
  keyless: ['pix.cancel'],
  words: ['status'],
  money: /^\d{1,10}\.\d{2}$/,
  refusal: efi,
  unsent: [efi(429, 'balde_fichas_vazio'), oauth(401, 'invalid_token'), oauth(403, 'insufficient_scope')],
  absences: (operation) =>
    operation === 'pix.refund'
      ? unseen('devolucao_nao_encontrada', 'PixDevolucaoNaoEncontrada')
      : operation === 'pix.create'
        ? unseen('cobranca_nao_encontrada', 'CobNaoEncontrado')
        : [],
};

export const peers: Readonly<Record<ProviderId, Peer>> = { gerencianet };
