import { OneOf } from '@libs/kernel/field.js';
import { Text } from '@libs/kernel/text.js';

/** Uma aplicação da conta Efí e a chave Pix que recebe. */
export class GerencianetCredentials {
  @OneOf(['simulator', 'homologation', 'production'], { optional: true, description: 'O de credential.environment' })
  readonly environment!: 'simulator' | 'homologation' | 'production';

  @Text(255, { description: '`Client_Id` da aplicação' })
  readonly clientId!: string;

  @Text(255, { description: '`Client_Secret` da aplicação' })
  readonly clientSecret!: string;

  @Text(20_000, { pattern: /^[A-Za-z0-9+/]+={0,2}$/, description: 'O certificado `.p12` da aplicação, em base64' })
  readonly certificate!: string;

  @Text(255, { optional: true, least: 0, description: 'Senha do certificado, quando há uma' })
  readonly passphrase?: string;

  @Text(77, { description: 'Chave Pix da conta que recebe' })
  readonly pixKey!: string;
}
