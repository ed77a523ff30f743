import { OneOf, Whole } from '@libs/kernel/field.js';
import { Text } from '@libs/kernel/text.js';

const most = 2 ** 31 - 1;

/** O acesso de um cliente Pinbank. */
export class PinbankCredentials {
  @OneOf(['simulator', 'homologation', 'production'], { optional: true, description: 'O de credential.environment' })
  readonly environment!: 'simulator' | 'homologation' | 'production';

  @Text(255, { description: '`UserName`' })
  readonly userName!: string;

  @Text(16, { pattern: /^[\x21-\x7e]{16}$/, description: '`KeyValue`: senha e chave dos corpos cifrados' })
  readonly keyValue!: string;

  @Text(64, { optional: true, pattern: /^[\x21-\x7e]+$/, description: '`RequestOrigin`, dado pela Pinbank' })
  readonly requestOrigin?: string;

  @Whole(1, most, { description: '`CodigoCanal`' })
  readonly codigoCanal!: number;

  @Whole(1, most, { description: '`CodigoCliente`' })
  readonly codigoCliente!: number;

  @Text(255, { optional: true, description: '`KeyLoja`: só para cartões' })
  readonly keyLoja?: string;
}
