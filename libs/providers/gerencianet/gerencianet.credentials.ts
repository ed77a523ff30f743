import { IsBase64, IsIn, IsOptional, IsString, Length } from 'class-validator';

/** Uma aplicação da conta Efí e a chave Pix que recebe. */
export class GerencianetCredentials {
  /** Ambiente: `simulator` (o simulador local), `homologation` ou `production`. */
  @IsIn(['simulator', 'homologation', 'production'])
  readonly environment!: 'simulator' | 'homologation' | 'production';

  /** `Client_Id` da aplicação. */
  @IsString()
  @Length(1, 255)
  readonly clientId!: string;

  /** `Client_Secret` da aplicação. */
  @IsString()
  @Length(1, 255)
  readonly clientSecret!: string;

  /** Certificado da aplicação: o arquivo `.p12` em base64. */
  @IsBase64()
  @Length(1, 20_000)
  readonly certificate!: string;

  /** Senha do certificado, quando há uma. */
  @IsOptional()
  @IsString()
  @Length(0, 255)
  readonly passphrase?: string;

  /** Chave Pix da conta que recebe. */
  @IsString()
  @Length(1, 77)
  readonly pixKey!: string;
}
