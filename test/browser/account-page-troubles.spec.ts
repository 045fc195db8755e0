import { setTimeout as sleep } from 'node:timers/promises';
import type { Route } from 'playwright-core';
import { eventually } from '../support/eventually.js';
import { privateRedis } from '../support/private-servers.js';
import { Server } from '../support/server.js';
import { AccountPage, ELSEWHERE, newCredentials } from './account-page.js';

const UNREACHABLE = 'The service cannot be reached. Try again in a moment.';
const RECOVERY_LIMIT_MS = 20_000;

/** Resolves once the page shows the account again, without a new log-in. */
async function untilItRefreshes(opened: AccountPage): Promise<void> {
  await eventually(async () => {
    await opened.press('Refresh');
    await opened.isIdle();
    expect(await opened.page.getByRole('status').innerText()).toBe('Refreshed.');
    expect(await opened.page.getByRole('alert').innerText()).toBe('');
  }, RECOVERY_LIMIT_MS);
  expect(await opened.sessions.count()).toBe(1);
}

describe('The account page', () => {
  it('logs no one out while the token store is down, and goes on when it is back', async () => {
    const redis = await privateRedis();
    const server = await Server.start({ REDIS_URL: redis.url });
    const opened = await AccountPage.enter(server, await server.client.register());
    await redis.kill();
    for (const button of ['Refresh', 'Log out everywhere', 'Log out']) {
      await opened.press(button);
      await opened.warns(/: try again shortly\. You are still logged in\.$/);
    }
    await redis.start();
    await untilItRefreshes(opened);
  });

  it('logs no one out while the service is down, and goes on when it is back', async () => {
    const server = await Server.start();
    const opened = await AccountPage.enter(server, await server.client.register());
    await server.stop();
    await opened.press('Refresh');
    await opened.warns(UNREACHABLE);
    await server.restart();
    await untilItRefreshes(opened);
  });

  it.each([
    ['HTML', '<!doctype html><title>Welcome to the network</title>'],
    ['a cut body', '{"token":"eyJ'],
    ['null', 'null'],
    ['a list', '[]'],
  ])('says that the service cannot be reached if %s comes in its place', async (_, body) => {
    const server = await Server.start();
    const account = await server.client.register();
    const opened = await AccountPage.open(server);
    const answerOnce = (path: string) =>
      opened.page.route(`**/${path}`, (route) => route.fulfill({ body }), { times: 1 });
    await answerOnce('authenticate_user');
    await opened.fill({ Username: account.username, Password: account.password });
    await opened.press('Log in');
    await opened.warns(UNREACHABLE);
    expect(await opened.field('Password').inputValue()).toBe(account.password);
    await opened.press('Log in');
    await opened.profile.getByText(account.username).waitFor();
    await opened.isIdle();
    await answerOnce('user');
    await opened.press('Refresh');
    await opened.warns(UNREACHABLE);
    await untilItRefreshes(opened);
  });

  it('says that no token came with the answer to a log-in', async () => {
    const server = await Server.start();
    const opened = await AccountPage.open(server);
    await opened.page.route('**/authenticate_user', (route) => route.fulfill({ json: {} }));
    await opened.fill({ Username: 'miguel', Password: 'python' });
    await opened.press('Log in');
    await opened.warns(UNREACHABLE);
    expect(await opened.field('Username').inputValue()).toBe('miguel');
  });

  it('says that somebody was logged out elsewhere', async () => {
    const server = await Server.start();
    const { client } = server;
    const account = await client.register();
    const opened = await AccountPage.enter(server, account);
    const bearer = await client.login(account);
    expect((await client.delete('/user/sessions', { bearer })).status).toBe(200);
    await opened.press('Delete the account…');
    await opened.press('Delete the account');
    await opened.warns('You were logged out: your session has ended. Log in again.');
    expect(await opened.focused()).toBe('Log in');
    await opened.fill({ Username: account.username, Password: account.password });
    await opened.press('Log in');
    await opened.profile.getByText(account.username).waitFor();
  });

  it('says that an account was created, also if the log-in after it fails', async () => {
    const server = await Server.start();
    const { username, password } = newCredentials();
    const opened = await AccountPage.open(server);
    await opened.page.route('**/authenticate_user', (route) => route.abort('connectionrefused'), {
      times: 1,
    });
    await opened.press('Create one');
    await opened.fill({ Username: username, Password: password });
    await opened.press('Create the account');
    await opened.warns(UNREACHABLE);
    await opened.says('Your account was created. Log in.');
    await opened.fill({ Username: username, Password: password });
    await opened.press('Log in');
    await opened.profile.getByText(username).waitFor();
  });

  it('says when a log-in may be tried again', async () => {
    const server = await Server.start({ LOGIN_MAX_FAILURES: '1' });
    const { username } = await server.client.register();
    const opened = await AccountPage.open(server);
    await opened.fill({ Username: username, Password: 'wrong' });
    await opened.press('Log in');
    await opened.warns('Invalid username or password.');
    await opened.press('Log in');
    await opened.warns(/^Too many attempts: try again in \d+ seconds\.$/);
  });

  it('renews its token in time, also if no one does anything', async () => {
    const ttlSeconds = 8;
    const server = await Server.start({ TOKEN_TTL: String(ttlSeconds), TOKEN_RENEW_GRACE: '0' });
    const account = await server.client.register();
    const opened = await AccountPage.enter(server, account);
    await sleep(ttlSeconds * 1000 + 1_000);
    await opened.press('Refresh');
    await opened.events.getByText('Session renewed').waitFor();
    expect(await opened.sessions.allInnerTexts()).toEqual([expect.stringContaining('renewed')]);
  });

  it.each([
    ['breaks off', (route: Route) => route.abort('connectionrefused')],
    ['never comes', () => Promise.resolve()],
    ['is cut', (route: Route) => route.fulfill({ body: '{"token":"eyJ' })],
    ['is a refusal', (route: Route) => route.fulfill({ status: 503, body: '{"status":503}' })],
  ])('renews its token again if the answer %s, and no one is logged out', async (_, lose) => {
    const server = await Server.start({ TOKEN_TTL: '8' });
    const account = await server.client.register();
    const opened = await AccountPage.enter(server, account);
    const fulfilled: number[] = [];
    await opened.page.route(
      '**/renew_token',
      async (route) => {
        fulfilled.push((await route.fetch()).status());
        await lose(route);
      },
      { times: 1 },
    );
    await opened.page.waitForResponse(
      async (answer) =>
        answer.url().endsWith('/renew_token') && answer.ok() && (await answer.text()).endsWith('}'),
    );
    await opened.press('Refresh');
    await opened.says('Refreshed.');
    expect(fulfilled).toEqual([200]);
    expect(await opened.sessions.count()).toBe(1);
    expect(server.output).not.toContain('token.reuse_detected');
  });

  it('says so if a token could not be renewed in time', async () => {
    const server = await Server.start({ TOKEN_TTL: '8', TOKEN_RENEW_GRACE: '0' });
    const account = await server.client.register();
    const opened = await AccountPage.enter(server, account);
    await server.stop();
    await sleep(9_000);
    await server.restart();
    await opened.warns('You were logged out: your session has ended. Log in again.');
    expect(await opened.focused()).toBe('Log in');
  });

  it('uses each token once if TOKEN_SINGLE_USE is true', async () => {
    const server = await Server.start({ TOKEN_SINGLE_USE: 'true' });
    const { client } = server;
    const account = await client.register();
    const json = { username: account.username, password: account.password };
    for (let logIns = 0; logIns < 12; logIns++) {
      await client.post('/authenticate_user', { json, headers: { 'user-agent': ELSEWHERE } });
    }
    const opened = await AccountPage.enter(server, account);
    await opened.press('More events');
    await opened.events.getByText('Account created').waitFor();
    await opened.fill({ 'Current password': 'wrong', 'New password': 'battery staple' });
    await opened.press('Change the password');
    expect(await opened.faultOf('Current password')).toBe('Current password is wrong.');
    await opened.page
      .getByRole('button', { name: /^End the session/ })
      .first()
      .click();
    await opened.says('The session was ended.');
    const { username } = newCredentials();
    await opened.fill({ 'New username': username });
    await opened.press('Change the username');
    await opened.says('Your username was changed.');
    await opened.fill({ 'Current password': account.password, 'New password': 'battery staple' });
    await opened.press('Change the password');
    await opened.says('Your password was changed, and your other sessions were ended.');
    expect(await opened.sessions.count()).toBe(1);
    await opened.press('Log out');
    await opened.says('You have logged out.');
  });
});
