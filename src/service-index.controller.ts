import { Controller, Get } from '@nestjs/common';
import {
  ApiOkResponse,
  ApiOperation,
  ApiProperty,
  ApiPropertyOptional,
  ApiTags,
} from '@nestjs/swagger';
import { Public } from './common/access.decorators.js';
import { Env } from './config/env.js';

const URL_OF = { format: 'uri' };

class HealthLinksDto {
  @ApiProperty({ ...URL_OF, example: 'http://127.0.0.1:3000/health/live' })
  live!: string;

  @ApiProperty({ ...URL_OF, example: 'http://127.0.0.1:3000/health/ready' })
  ready!: string;
}

class ServiceIndexDto {
  @ApiProperty({ example: 'Gatehouse' })
  name!: string;

  @ApiProperty({ example: 'Accounts and revocable tokens for REST APIs' })
  description!: string;

  @ApiPropertyOptional({
    ...URL_OF,
    description: 'Swagger UI, if it is turned on',
    example: 'http://127.0.0.1:3000/docs',
  })
  documentation?: string;

  @ApiPropertyOptional({
    ...URL_OF,
    description: 'OpenAPI, if the documentation is turned on',
    example: 'http://127.0.0.1:3000/docs-json',
  })
  openapi?: string;

  @ApiPropertyOptional({
    ...URL_OF,
    description: 'If it is turned on',
    example: 'http://127.0.0.1:3000/account',
  })
  account_page?: string;

  @ApiProperty()
  health!: HealthLinksDto;
}

/** What this is and where things are, for those that ask at the address alone: people, and balancers. */
@ApiTags('Health')
@Controller()
@Public()
export class ServiceIndexController {
  constructor(private readonly env: Env) {}

  @Get()
  @ApiOperation({
    summary: 'What this is, and where its documentation, account page and health are',
  })
  @ApiOkResponse({ type: ServiceIndexDto })
  read(): ServiceIndexDto {
    const { publicUrl, SWAGGER, ACCOUNT_PAGE } = this.env;
    return {
      name: 'Gatehouse',
      description: 'Accounts and revocable tokens for REST APIs',
      ...(SWAGGER && { documentation: `${publicUrl}/docs`, openapi: `${publicUrl}/docs-json` }),
      ...(ACCOUNT_PAGE && { account_page: `${publicUrl}/account` }),
      health: { live: `${publicUrl}/health/live`, ready: `${publicUrl}/health/ready` },
    };
  }
}
