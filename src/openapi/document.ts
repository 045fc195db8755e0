import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { ProblemDto } from '../common/api-docs.js';

const DESCRIPTION = `Accounts and revocable tokens.

Try it: register with **POST /user**, log in with **POST /authenticate_user**, press *Authorize* and
paste the token under *bearer*, or your username and password under *basic*.`;

/** The OpenAPI 3.1 description of every route. */
export function describeApi(app: INestApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Gatehouse')
    .setDescription(DESCRIPTION)
    .setVersion('1.0.0')
    .setLicense('MIT', 'https://spdx.org/licenses/MIT.html')
    .addBasicAuth({ type: 'http', scheme: 'basic' })
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' })
    .addTag('Accounts')
    .addTag('Tokens')
    .addTag('Sessions')
    .addTag('HTTP Basic')
    .addTag('Health')
    .build();
  return SwaggerModule.createDocument(app, config, { extraModels: [ProblemDto] });
}

/** Serves the Swagger UI at `/docs` and its document at `/docs-json`, written when first asked for. */
export function serveApiDocs(app: INestApplication): void {
  SwaggerModule.setup('docs', app, () => describeApi(app), {
    jsonDocumentUrl: 'docs-json',
    yamlDocumentUrl: 'docs-yaml',
    customSiteTitle: 'Gatehouse API',
  });
}
