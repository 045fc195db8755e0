import { Controller, Get, Header, Inject } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { Public } from '../common/access.decorators.js';
import { OpenToAllOrigins } from '../common/open-to-all-origins.js';
import { toJwk, type PublicJwk } from '../config/public-key.js';
import type { TokenKeys } from '../config/token-keys.js';
import { TOKEN_KEYS } from '../tokens/access-token.js';

/** A key is published for longer than that before it signs: docs/guides/moving-to-a-signing-key.md. */
const MAX_AGE_SECONDS = 300;

class KeySetDto {
  @ApiProperty({
    type: 'array',
    items: {
      type: 'object',
      required: ['kty', 'use', 'alg', 'kid'],
      properties: {
        kty: { type: 'string', enum: ['EC', 'RSA'] },
        use: { type: 'string', enum: ['sig'] },
        alg: { type: 'string', enum: ['ES256', 'RS256'] },
        kid: { type: 'string', description: 'The thumbprint of the key (RFC 7638)' },
      },
      additionalProperties: { type: 'string' },
    },
    description: 'None if tokens are signed with a secret',
  })
  keys!: PublicJwk[];
}

/** The public keys of tokens, for those who verify them elsewhere (RFC 7517 §5). */
@ApiTags('Keys')
@Controller('.well-known/jwks.json')
@Public()
export class KeySetController {
  private readonly keySet: KeySetDto;

  constructor(@Inject(TOKEN_KEYS) { published }: TokenKeys) {
    this.keySet = { keys: [...published.values()].map(toJwk) };
  }

  @Get()
  @OpenToAllOrigins()
  @Header('Cache-Control', `public, max-age=${MAX_AGE_SECONDS}`)
  @ApiOperation({ summary: 'The public keys with which others verify tokens' })
  @ApiOkResponse({ type: KeySetDto })
  read(): KeySetDto {
    return this.keySet;
  }
}
