import { ApiProperty } from '@nestjs/swagger';
import { Lenient } from '@libs/kernel/checked.js';
import { OneOf } from '@libs/kernel/field.js';

/** Pedido de um token de acesso. */
@Lenient()
export class TokenRequestDto {
  @OneOf(['client_credentials'], { description: 'Sempre client_credentials', example: 'client_credentials' })
  readonly grant_type!: string;
}

class AccessTokenDto {
  @ApiProperty({ description: 'O token; vale como a chave que o pediu' })
  readonly access_token!: string;

  @ApiProperty({ enum: ['Bearer'], description: 'Como enviá-lo' })
  readonly token_type!: string;

  @ApiProperty({ type: 'integer', description: 'Segundos até expirar', example: 3600 })
  readonly expires_in!: number;
}

/** Um token de acesso. */
export class TokenDto extends AccessTokenDto {
  @ApiProperty({ description: 'Identificador da requisição' })
  readonly requestId!: string;

  @ApiProperty({ type: AccessTokenDto, description: 'Os mesmos três campos' })
  readonly data!: AccessTokenDto;

  static from(token: string, seconds: number, requestId: string): TokenDto {
    const three: AccessTokenDto = { access_token: token, token_type: 'Bearer', expires_in: seconds };
    return { ...three, requestId, data: three };
  }
}
