import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

const TOKEN_EXAMPLE = 'eyJhbGciOiJIUzI1NiJ9.e30.c2ln';
const CLIENT_EXAMPLE = 'gtc_3q2-7wAAQACAAAAAAAAAAA';
const ISSUER = 'https://auth.example.com';

/** What every form may have: a client's credentials, if they are not in the header. */
class CredentialsForm {
  @ApiPropertyOptional({ description: 'If it is not in the header', example: CLIENT_EXAMPLE })
  client_id?: string;

  @ApiPropertyOptional({ description: 'If it is not in the header', format: 'password' })
  client_secret?: string;
}

export class TokenRequest extends CredentialsForm {
  @ApiProperty({ enum: ['client_credentials'] })
  grant_type!: string;

  @ApiPropertyOptional({
    description:
      'Some of the scopes that the client was given, with spaces between; without it, all',
    example: 'reports:read',
  })
  scope?: string;
}

export class IntrospectionRequest extends CredentialsForm {
  @ApiProperty({ description: 'The token that is asked about', example: TOKEN_EXAMPLE })
  token!: string;

  @ApiPropertyOptional({ description: 'Ignored', example: 'access_token' })
  token_type_hint?: string;
}

export class RevocationRequest extends CredentialsForm {
  @ApiProperty({ description: 'The token that is to end', example: TOKEN_EXAMPLE })
  token!: string;

  @ApiPropertyOptional({ description: 'Ignored', example: 'access_token' })
  token_type_hint?: string;
}

export class ClientTokenDto {
  @ApiProperty({ example: TOKEN_EXAMPLE })
  access_token!: string;

  @ApiProperty({ enum: ['Bearer'] })
  token_type!: string;

  @ApiProperty({ type: 'integer', description: 'Seconds until it expires', example: 2100 })
  expires_in!: number;

  @ApiPropertyOptional({ description: 'With spaces between', example: 'reports:read' })
  scope?: string;
}

/** What a verifier has to forget; either `changed` or `reset`. */
export class ChangesDto {
  @ApiProperty({
    description: 'To be sent as `after` once this is applied',
    example: '5Hq0cV2b-3f2a9c41d07e.18',
  })
  next!: string;

  @ApiProperty({
    type: 'integer',
    description:
      'Milliseconds from the sending of this request for which kept answers may be used; 0: no lease',
    example: 1000,
  })
  lease!: number;

  @ApiPropertyOptional({
    type: [String],
    description: 'The `sid` of the answers to forget',
    example: [],
  })
  changed?: string[];

  @ApiPropertyOptional({ description: 'Everything that was kept is to be forgotten' })
  reset?: boolean;
}

/** RFC 7662 §2.2; of an inactive token there is `active` alone, and members that a token has not are absent. */
export class IntrospectionDto {
  @ApiProperty({ description: 'Whether a request with the token would be accepted now' })
  active!: boolean;

  @ApiPropertyOptional({ enum: ['Bearer'] })
  token_type?: string;

  @ApiPropertyOptional({ example: ISSUER })
  iss?: string;

  @ApiPropertyOptional({ example: ISSUER })
  aud?: string;

  @ApiPropertyOptional({ description: 'The id of the user, or the client_id', example: '1' })
  sub?: string;

  @ApiPropertyOptional({ description: '`gatehouse` for users', example: 'gatehouse' })
  client_id?: string;

  @ApiPropertyOptional({ example: 'miguel' })
  username?: string;

  @ApiPropertyOptional({ description: 'Those of this moment', type: [String], example: ['admin'] })
  roles?: readonly string[];

  @ApiPropertyOptional({ description: 'With spaces between', example: 'reports:read' })
  scope?: string;

  @ApiPropertyOptional({ example: '3q2-7wAAQACAAAAAAAAAAA' })
  jti?: string;

  @ApiPropertyOptional({ type: 'integer', example: 1_800_000_000 })
  iat?: number;

  @ApiPropertyOptional({
    type: 'integer',
    description: 'When it really dies, which a renewal may have made sooner',
    example: 1_800_002_100,
  })
  exp?: number;

  @ApiPropertyOptional({
    type: 'integer',
    description: 'Milliseconds until then, rounded down',
    example: 2_100_000,
  })
  lifetime_ms?: number;

  @ApiPropertyOptional({ type: 'integer', example: 1_800_000_000 })
  auth_time?: number;

  @ApiPropertyOptional({
    description: 'How the session of a user was proved (RFC 8176)',
    type: [String],
    example: ['pwd'],
  })
  amr?: readonly string[];

  @ApiPropertyOptional({
    description: 'The session; of the token of a client its client_id',
    example: '3q2-7wAAQACAAAAAAAAAAA',
  })
  sid?: string;

  @ApiPropertyOptional({
    description: 'The next request with it uses it up: do not keep the answer',
  })
  single_use?: boolean;
}

/** RFC 8414 §2. */
export class MetadataDto {
  @ApiProperty({ example: ISSUER })
  issuer!: string;

  @ApiProperty({ format: 'uri', example: `${ISSUER}/oauth/token` })
  token_endpoint!: string;

  @ApiProperty({ format: 'uri', example: `${ISSUER}/oauth/introspect` })
  introspection_endpoint!: string;

  @ApiProperty({ format: 'uri', example: `${ISSUER}/oauth/revoke` })
  revocation_endpoint!: string;

  @ApiProperty({ format: 'uri', example: `${ISSUER}/.well-known/jwks.json` })
  jwks_uri!: string;

  @ApiProperty({ type: [String], example: ['client_credentials'] })
  grant_types_supported!: string[];

  @ApiProperty({ type: [String], example: [] })
  response_types_supported!: string[];

  @ApiProperty({ type: [String], example: ['client_secret_basic', 'client_secret_post'] })
  token_endpoint_auth_methods_supported!: string[];

  @ApiProperty({ type: [String], example: ['client_secret_basic', 'client_secret_post'] })
  introspection_endpoint_auth_methods_supported!: string[];

  @ApiProperty({ type: [String], example: ['client_secret_basic', 'client_secret_post', 'none'] })
  revocation_endpoint_auth_methods_supported!: string[];
}

/** RFC 6749 §5.2. */
export class OAuthErrorDto {
  @ApiProperty({ example: 'invalid_request' })
  error!: string;

  @ApiProperty({ description: 'For the developer of the client', example: 'token is missing' })
  error_description!: string;
}
