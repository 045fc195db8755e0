import type { Page } from 'playwright-core';
import { openPage } from '../support/browser.js';
import { ClientAt } from '../support/client-at.js';
import { claimsOf, Client } from '../support/client.js';
import { codeBlockOf, replaced } from '../support/documents.js';
import { freePort } from '../support/processes.mjs';
import { startNginx } from '../support/programs.js';
import { Server } from '../support/server.js';
import { AccountPage, newCredentials } from './account-page.js';

const GUIDE = 'docs/guides/behind-nginx.md';

/** Of the guide's block. */
const PATH = '/auth';

describe('Below a path of another site', () => {
  let server: Server;
  let publicUrl: string;
  let client: Client;

  beforeAll(async () => {
    const [port, ownPort] = [await freePort(), await freePort()];
    publicUrl = `http://127.0.0.1:${port}${PATH}`;
    const variables = { PUBLIC_URL: publicUrl, TRUST_PROXY: '127.0.0.1' };
    server = await Server.start(variables, undefined, ownPort);
    const location = replaced(codeBlockOf(GUIDE, 'nginx'), { ':3001': `:${ownPort}` });
    await startNginx(
      `events {}
      http {
        server {
          listen 127.0.0.1:${port};
          ${location}
          location / { return 404; }
        }
      }`,
      port,
    );
    client = new Client(publicUrl);
  });

  it('everything is where the address alone says', async () => {
    const index = (await (await fetch(`${publicUrl}/`)).json()) as Record<string, unknown>;
    const { health, documentation, openapi, account_page } = index;
    const links = [documentation, openapi, account_page, ...Object.values(health as object)];
    for (const link of links as string[]) {
      expect(link.startsWith(`${publicUrl}/`)).toBe(true);
      expect([link, (await fetch(link)).status]).toEqual([link, 200]);
    }
  });

  it('links and tokens lead there', async () => {
    const json = newCredentials();
    const made = await client.post('/api/users', { json });
    const location = made.headers.get('location') ?? '';
    expect(location.startsWith(`${publicUrl}/api/users/`)).toBe(true);
    expect((await fetch(location)).status).toBe(200);
    const { body } = await client.post('/authenticate_user', { json });
    expect(claimsOf(body.token as string)).toMatchObject({ iss: publicUrl, aud: publicUrl });
  });

  it('a session has the address of its client', async () => {
    const { token } = await new ClientAt(publicUrl, '127.0.0.2').newSession();
    const { sessions } = (await client.get('/user/sessions', { bearer: token })).body;
    expect(sessions).toMatchObject([{ address: '127.0.0.2' }]);
  });

  it('the description names it as its server', async () => {
    const { servers } = (await client.get('/docs-json')).body;
    expect(servers).toEqual([{ url: PATH }]);
  });

  it('the account page loads what it needs, and asks the service', async () => {
    const credentials = newCredentials();
    await server.client.register(credentials);
    const opened = await AccountPage.enter({ url: publicUrl }, credentials);
    await opened.press('Refresh');
    await opened.says('Refreshed.');
  });

  it.each(['/docs', '/docs/'])(
    'the Swagger UI sends its requests to the service: %s',
    async (path) => {
      const page: Page = await openPage(`${publicUrl}${path}`);
      const block = page.locator('#operations-Health-health_live');
      await block.locator('.opblock-summary-control').click();
      await block.getByRole('button', { name: 'Try it out' }).click();
      await block.getByRole('button', { name: 'Execute' }).click();
      expect(await block.locator('.request-url pre').innerText()).toBe(`${publicUrl}/health/live`);
      const answer = block.locator('.live-responses-table .response .response-col_status');
      expect(await answer.innerText()).toContain('200');
    },
  );
});
