import { OneOf } from '@libs/kernel/field.js';
import { Text } from '@libs/kernel/text.js';

/** A chave secreta de uma conta Stripe. */
export class StripeCredentials {
  @OneOf(['simulator', 'homologation', 'production'], { optional: true, description: 'O de credential.environment' })
  readonly environment!: 'simulator' | 'homologation' | 'production';

  @Text(255, { pattern: /^sk_(test|live)_[A-Za-z0-9]+$/, description: 'A chave secreta da conta (`sk_…`)' })
  readonly secretKey!: string;

  @Text(64, {
    optional: true,
    pattern: /^acct_[A-Za-z0-9]+$/,
    description: 'A conta que a chave deve abrir (`acct_…`)',
  })
  readonly id?: string;
}
