import { Server } from '../support/server.js';
import { description } from '../support/openapi.js';

describe('The description of the interface', () => {
  let server: Server;

  beforeAll(async () => {
    server = await Server.start();
  });

  it('is served as it is committed: npm run openapi writes it again', async () => {
    const { body } = await server.client.get('/docs-json');
    expect(body).toEqual(description);
  });

  it('is OpenAPI 3.1', async () => {
    const { body } = await server.client.get('/docs-json');
    expect(body.openapi).toBe('3.1.0');
  });

  it('has an example or a shape for every answer', () => {
    for (const operations of Object.values(description.paths)) {
      for (const { responses } of Object.values(operations)) {
        for (const [status, response] of Object.entries(responses)) {
          const shapes = [expect.objectContaining({ schema: expect.anything() })];
          const expected = status === '204' ? [] : shapes;
          expect(Object.values(response.content ?? {})).toEqual(expected);
        }
      }
    }
  });

  it('stands behind a page that loads everything from the service', async () => {
    const page = await server.client.get('/docs');
    expect(page.status).toBe(200);
    const links = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link]) => link ?? '');
    expect(links.length).toBeGreaterThan(3);
    for (const link of links) {
      const asset = await fetch(new URL(link, `${server.url}/docs`));
      expect([link, asset.status]).toEqual([link, 200]);
    }
  });

  it.each(['package.json', 'README.md', 'oauth2-redirect.html', 'swagger-ui-es-bundle.js'])(
    'and gives nothing away that the page does not ask for: %s',
    async (name) => {
      expect((await server.client.get(`/docs/${name}`)).status).toBe(404);
    },
  );
});
