import type { INestApplication } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import type { RouteOptions } from 'fastify';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Env } from '../config/env.js';
import { ProblemDto, SecondFactorRequiredDto } from '../problems/api-problems.js';
import { OAuthErrorDto } from '../oauth/oauth.dto.js';
import { completeOperation } from './shared-problems.js';

/** Beside the bundle. Without it, as in development, the files come from the package. */
const SWAGGER_UI = join(import.meta.dirname, 'swagger-ui');

const DESCRIPTION = `Accounts and revocable tokens.

Try it: register with **POST /user**, log in with **POST /authenticate_user**, press *Authorize* and
paste the token under *bearer*, or your username and password under *basic*. Programs have a client_id and a
client_secret, for *client*, which gets a token with them, and for *basic* at the routes of OAuth.`;

const TAGS = {
  Accounts: 'Registering, and everything about your own account',
  Addresses: 'Where mails about your account go, and the way back in if you forgot the password',
  Tokens: 'Logging in and out, and renewing in between',
  Sessions: 'Where you are logged in, and what happened to your account',
  OAuth: 'For programs: tokens of their own, and questions about the tokens that they are sent',
  'API keys': 'For programs that ask in your name',
  'Second factors': 'What a log-in asks for beside the password',
  'HTTP Basic': 'The routes for clients that speak HTTP Basic',
  Keys: 'For those who verify tokens elsewhere',
  Health: 'For orchestrators and load balancers',
};

/** The OpenAPI 3.1 description of every route. */
export function describeApi(app: INestApplication): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Gatehouse')
    .setDescription(DESCRIPTION)
    .setVersion('0.1.0')
    .setLicense('MIT', 'https://spdx.org/licenses/MIT.html')
    // Its path alone: the page, which may be asked for under another name too, can reach no other origin.
    .addServer(new URL(app.get(Env).publicUrl).pathname)
    .addBasicAuth({
      type: 'http',
      scheme: 'basic',
      description: 'Username and password; at the routes of OAuth client_id and client_secret',
    })
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' })
    .addOAuth2(
      { type: 'oauth2', flows: { clientCredentials: { tokenUrl: tokenUrl(app), scopes: {} } } },
      'client',
    );
  for (const [name, description] of Object.entries(TAGS)) builder.addTag(name, description);
  const document = SwaggerModule.createDocument(app, builder.build(), {
    extraModels: [ProblemDto, SecondFactorRequiredDto, OAuthErrorDto],
    operationIdFactory: operationId,
  });
  for (const path of Object.values(document.paths)) {
    for (const method of ['get', 'post', 'put', 'delete'] as const) {
      const operation = path[method];
      if (operation) completeOperation(operation, method === 'get');
    }
  }
  return document;
}

/** Without an origin, as the server. */
function tokenUrl(app: INestApplication): string {
  return new URL(`${app.get(Env).publicUrl}/oauth/token`).pathname;
}

/** `UserController.read` becomes `user_read`. */
function operationId(controller: string, method: string): string {
  const name = controller.replace(/Controller$/, '');
  return `${name.charAt(0).toLowerCase()}${name.slice(1)}_${method}`;
}

/** Serves the Swagger UI at `/docs` and its document at `/docs-json`, written when first asked for. */
export function serveApiDocs(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  fastify.addHook('onRoute', (route) => {
    // Fastify has put its own there for HEAD.
    if (route.url.startsWith('/docs')) route.onSend = [nameCharset, route.onSend ?? []].flat();
  });
  SwaggerModule.setup('docs', app, () => describeApi(app), {
    jsonDocumentUrl: 'docs-json',
    yamlDocumentUrl: 'docs-yaml',
    ...(existsSync(SWAGGER_UI) && { customSwaggerUiPath: SWAGGER_UI }),
    customSiteTitle: 'Gatehouse API',
    swaggerOptions: { requestInterceptor: withoutCredentialsOfTheBrowser },
  });
}

/** Swagger's page and script come without their charset (OWASP ASVS 4.1.1). */
const nameCharset: NonNullable<RouteOptions['onSend']> = (_request, reply, _payload, done) => {
  const type = String(reply.getHeader('Content-Type'));
  if (/^(text\/\w+|application\/javascript)$/.test(type)) reply.type(`${type}; charset=utf-8`);
  done();
};

/**
 * Runs in the page, as its own text. A browser that is refused would otherwise ask for a password itself,
 * and from then on send it with every request.
 */
function withoutCredentialsOfTheBrowser(request: { credentials?: string }): object {
  request.credentials = 'omit';
  return request;
}
