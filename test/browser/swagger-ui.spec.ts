import type { Locator, Page } from 'playwright-core';
import { openPage, picturePort, takePicture } from '../support/browser.js';
import { registerClient } from '../support/oauth.js';
import { Server } from '../support/server.js';

const MIGUEL = { username: 'miguel', password: 'python' };

describe('The Swagger UI, which loads everything from the service, under its policy (S71)', () => {
  let server: Server;
  let page: Page;

  beforeEach(async () => {
    server = await Server.start({}, undefined, picturePort);
    page = await openPage(`${server.url}/docs`, { viewport: { width: 1100, height: 660 } });
    await page.getByRole('heading', { name: 'Gatehouse' }).waitFor();
  });

  /** The block of the route with this operation id. */
  const block = (id: string): Locator => page.locator(`[id^="operations-"][id$="-${id}"]`);

  /** Sends a request as a visitor does; the status and the body of the answer that is shown. */
  async function tryOut(id: string, json?: object): Promise<[status: number, body: unknown]> {
    const clear = block(id).getByRole('button', { name: 'Clear' });
    if (await clear.isVisible()) {
      await clear.click();
    } else {
      await block(id).locator('.opblock-summary-control').click();
      await block(id).getByRole('button', { name: 'Try it out' }).click();
    }
    if (json) await block(id).getByRole('textbox').first().fill(JSON.stringify(json));
    await block(id).getByRole('button', { name: 'Execute' }).click();
    const answer = block(id).locator('.live-responses-table .response');
    const status = await answer.locator('.response-col_status').innerText();
    const body = await answer.locator('.response-col_description pre').first().innerText();
    return [Number.parseInt(status), JSON.parse(body)];
  }

  async function authorize(values: Record<string, string>): Promise<void> {
    await page.getByRole('button', { name: 'Authorize', exact: true }).click();
    const dialog = page.locator('.modal-ux');
    for (const [field, value] of Object.entries(values)) {
      await dialog.getByLabel(`auth-${field}`).fill(value);
    }
    const scheme = Object.keys(values)[0]?.split('-')[0];
    const form = dialog.locator('form', { hasText: `${scheme}\u00a0 (http` });
    await form.getByRole('button', { name: 'Apply credentials' }).click();
    await form.getByRole('button', { name: 'Close' }).click();
  }

  it('registers, logs in, authorizes by Bearer, and shows that a log-out is one', async () => {
    expect(await tryOut('user_register', MIGUEL)).toEqual([
      201,
      { message: 'User created successfully' },
    ]);
    expect(await tryOut('user_read')).toMatchObject([401, { detail: 'Token is missing' }]);

    const [status, body] = await tryOut('auth_login', MIGUEL);
    const { token } = body as { token: string };
    expect([status, token]).toEqual([200, expect.stringMatching(/^eyJ/)]);
    await authorize({ 'bearer-value': token });
    expect(await tryOut('user_read')).toEqual([
      200,
      { user: { id: 1, username: 'miguel' }, token },
    ]);

    expect((await tryOut('auth_logout', {}))[0]).toBe(200);
    expect(await tryOut('user_read')).toMatchObject([401, { detail: 'Invalid or expired token' }]);
    expect(await server.client.accepts(token)).toBe(false);
  });

  it('authorizes as a client, which gets a token with its secret', async () => {
    const { client_id, client_secret } = await registerClient(server);
    await page.getByRole('button', { name: 'Authorize', exact: true }).click();
    const container = page.locator('.modal-ux .auth-container', { hasText: 'clientCredentials' });
    await container.getByLabel('client_id:').fill(client_id);
    await container.getByLabel('client_secret:').fill(client_secret);
    await container.getByRole('button', { name: 'Apply given OAuth2 credentials' }).click();
    await container.getByRole('button', { name: 'Close' }).click();
    expect(await tryOut('auth_validate', {})).toMatchObject([200, { message: 'Token is valid' }]);
  });

  it('registers, and authorizes by HTTP Basic', async () => {
    expect(await tryOut('apiUsers_register', MIGUEL)).toEqual([201, { username: 'miguel' }]);
    await authorize({ 'basic-username': 'miguel', 'basic-password': 'ruby' });
    expect((await tryOut('api_resource'))[0]).toBe(401);

    await page.getByRole('button', { name: 'Authorize', exact: true }).click();
    await page.getByRole('button', { name: 'Remove authorization' }).click();
    await page.getByRole('button', { name: 'Close' }).first().click();
    await authorize({ 'basic-username': 'miguel', 'basic-password': 'python' });
    expect(await tryOut('api_resource')).toEqual([200, { data: 'Hello, miguel!' }]);
    await block('api_resource').scrollIntoViewIfNeeded();
    await takePicture(page, 'swagger-ui');
    expect(await tryOut('api_token')).toMatchObject([200, { duration: expect.any(Number) }]);
  });
});
