import { Server } from '../support/server.js';

const PUBLIC_URL = 'https://example.org/auth';

describe('The address of the service alone', () => {
  it('says what it is, and where its documentation, account page and health are', async () => {
    const { client, url } = await Server.start();
    const { status, body, headers } = await client.get('/');
    expect([status, headers.get('content-type')]).toEqual([200, 'application/json; charset=utf-8']);
    expect(body).toEqual({
      name: 'Gatehouse',
      description: expect.any(String),
      documentation: `${url}/docs`,
      openapi: `${url}/docs-json`,
      account_page: `${url}/account`,
      health: { live: `${url}/health/live`, ready: `${url}/health/ready` },
    });
    const { health, documentation, openapi, account_page } = body;
    for (const link of [documentation, openapi, account_page, health.live, health.ready]) {
      expect([link, (await fetch(link)).status]).toEqual([link, 200]);
    }
  });

  it('answers HEAD and any query, and 405 to what changes something', async () => {
    const { client } = await Server.start();
    expect((await client.request('HEAD', '/')).status).toBe(200);
    expect((await client.get('/?a=b')).status).toBe(200);
    const { status, headers } = await client.post('/', { json: {} });
    expect([status, headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });

  it('names only what is turned on, at PUBLIC_URL', async () => {
    const off = { SWAGGER: 'false', ACCOUNT_PAGE: 'false' };
    const { client } = await Server.start({ ...off, PUBLIC_URL });
    expect((await client.get('/')).body).toEqual({
      name: 'Gatehouse',
      description: expect.any(String),
      health: { live: `${PUBLIC_URL}/health/live`, ready: `${PUBLIC_URL}/health/ready` },
    });
  });

  it('is answered while no store is, and needs no credentials', async () => {
    const { client } = await Server.start({ DATABASE_URL: 'postgres://a:b@127.0.0.1:1/none' });
    expect((await client.get('/')).status).toBe(200);
  });
});
