import { OneOf } from '@libs/kernel/field.js';
import { Text } from '@libs/kernel/text.js';

/** Uma loja da Cielo na API E-commerce. */
export class CieloCredentials {
  @OneOf(['simulator', 'homologation', 'production'], { optional: true, description: 'O de credential.environment' })
  readonly environment!: 'simulator' | 'homologation' | 'production';

  @Text(36, { pattern: /^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/, description: '`MerchantId` da loja' })
  readonly merchantId!: string;

  @Text(40, { least: 20, pattern: /^[\x21-\x7e]+$/, description: '`MerchantKey` da loja' })
  readonly merchantKey!: string;

  @OneOf(['cielo', 'cielo2'], {
    optional: true,
    description: 'Contrato do Pix: `cielo2` é o de setembro de 2025; ausente: o anterior, com códigos de duas horas',
  })
  readonly pixContract?: 'cielo' | 'cielo2';

  @OneOf(['bradesco', 'bancodobrasil'], { optional: true, description: 'Banco que cobra os boletos da loja' })
  readonly slipBank?: 'bradesco' | 'bancodobrasil';
}
