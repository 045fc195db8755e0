import type { Route } from 'playwright-core';
import { inPage, takePicture } from '../support/browser.js';
import type { Account, Client } from '../support/client.js';
import { Server } from '../support/server.js';
import { AccountPage, ELSEWHERE, newCredentials } from './account-page.js';
import { FAINT_TEXTS } from './contrast.js';

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0';
const PHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1';

describe('On the account page', () => {
  let server: Server;
  let client: Client;

  beforeAll(async () => {
    server = await Server.start({ PASSWORD_CHANGE_REQUIRES_CURRENT: 'true' });
    ({ client } = server);
  });

  /** Logs in from another program; the token. */
  async function logInElsewhere(
    { username, password }: Pick<Account, 'username' | 'password'>,
    agent = ELSEWHERE,
  ): Promise<string> {
    const options = { json: { username, password }, headers: { 'user-agent': agent } };
    const { body } = await client.post('/authenticate_user', options);
    return body.token as string;
  }

  const moreEvents = ({ page }: AccountPage) => page.getByRole('button', { name: 'More events' });

  it.each([
    ['miguel', 1000, 900, FIREFOX, 'account-page'],
    ['susan', 360, 740, PHONE, 'account-page-narrow'],
  ])(
    '%s registers, looks around, logs out and in again, %i pixels wide (S71, S87)',
    async (username, width, height, userAgent, picture) => {
      const credentials = { username, password: 'correct horse' };
      const opened = await AccountPage.open(server, { viewport: { width, height }, userAgent });
      const { page } = opened;
      const fits = () =>
        inPage<boolean>(page, 'document.documentElement.scrollWidth <= innerWidth');
      expect(await fits()).toBe(true);
      await opened.press('Create one');
      expect(await fits()).toBe(true);
      await opened.fill({ Username: username.toUpperCase(), Password: credentials.password });
      await opened.press('Create the account');
      await opened.says('Your account was created.');

      await opened.profile.getByText(username, { exact: true }).waitFor();
      const token = await logInElsewhere(credentials);
      await opened.press('Refresh');
      await opened.isIdle();
      expect(await opened.sessions.allInnerTexts()).toEqual([
        expect.stringMatching(/^curl\/8\.5\.0\s+127\.0\.0\.1, since /),
        expect.stringMatching(
          /^(Firefox on Linux|Safari on iOS)\s+This session\s+127\.0\.0\.1, since /,
        ),
      ]);
      expect(await opened.events.allInnerTexts()).toEqual([
        expect.stringMatching(/^Logged in \d+ \w+ \d{4}, \d\d:\d\d\s+curl\/8\.5\.0, 127\.0\.0\.1$/),
        expect.stringMatching(/^Logged in /),
        expect.stringMatching(/^Account created /),
      ]);
      expect(await fits()).toBe(true);
      const kept = `[localStorage.length, sessionStorage.length, document.cookie]`;
      expect(await inPage(page, kept)).toEqual([0, 0, '']);
      expect(await inPage(page, 'indexedDB.databases()')).toEqual([]);
      expect(await page.context().cookies()).toEqual([]);

      await opened.press('Log out');
      await opened.says('You have logged out.');
      expect(await opened.profile.isVisible()).toBe(false);
      expect(await page.content()).not.toContain(username);
      expect(await client.accepts(token)).toBe(true);
      const { body } = await client.get('/user/sessions', { bearer: token });
      expect(body.sessions).toHaveLength(1);

      await opened.fill({ Username: username, Password: credentials.password });
      await opened.press('Log in');
      await opened.events.getByText('Session ended').waitFor();
      await opened.isIdle();
      await takePicture(page, picture);
    },
  );

  it('a keyboard is enough, and the focus goes where something happened', async () => {
    const credentials = newCredentials();
    const opened = await AccountPage.open(server);
    const { keyboard } = opened.page;

    /** Presses Tab until this has the focus, which must be seen wherever it is. */
    async function tabTo(name: string | RegExp): Promise<void> {
      for (let steps = 0; steps < 40; steps++) {
        await keyboard.press('Tab');
        const outline = 'getComputedStyle(document.activeElement).outlineStyle';
        expect(await inPage(opened.page, outline)).toBe('solid');
        const focused = await opened.focused();
        if (typeof name === 'string' ? focused === name : name.test(focused)) return;
      }
      throw new Error(`Tab does not reach ${name}`);
    }

    expect(await opened.focused()).toBe('Log in');
    await tabTo('Create one');
    await keyboard.press('Enter');
    expect(await opened.focused()).toBe('Create an account');
    await tabTo('Username');
    await keyboard.type(credentials.username);
    await tabTo('Password');
    await keyboard.type(credentials.password);
    await keyboard.press('Enter');
    await opened.says('Your account was created.');
    expect(await opened.focused()).toBe('Your account');

    const token = await logInElsewhere(credentials);
    await tabTo('Refresh');
    await keyboard.press('Space');
    await opened.sessions.nth(1).waitFor();
    await opened.isIdle();
    expect(await opened.focused()).toBe('Refresh');
    await keyboard.press('Shift+Tab');
    expect(await opened.focused()).toBe(`End the session of ${ELSEWHERE} from 127.0.0.1`);
    await keyboard.press('Enter');
    await opened.says('The session was ended.');
    expect(await opened.focused()).toBe('Sessions');
    expect(await client.accepts(token)).toBe(false);

    await tabTo('Delete the account…');
    await keyboard.press('Enter');
    expect(await opened.focused()).toBe('Keep it');
    await keyboard.press('Escape');
    expect(await opened.focused()).toBe('Delete the account…');
    await keyboard.press('Enter');
    await tabTo('Delete the account');
    await keyboard.press('Enter');
    await opened.says('Your account was deleted.');
    expect(await opened.focused()).toBe('Log in');
    expect((await client.post('/authenticate_user', { json: credentials })).status).toBe(401);
  });

  it.each(['light', 'dark'] as const)('every text can be read (%s)', async (colorScheme) => {
    const credentials = newCredentials();
    const opened = await AccountPage.open(server, { colorScheme });
    const { page } = opened;
    expect(await inPage(page, 'document.documentElement.lang')).toBe('en');
    await opened.fill({ Username: credentials.username, Password: 'wrong' });
    await opened.press('Log in');
    await opened.warns('Invalid username or password.');
    expect(await inPage(page, FAINT_TEXTS)).toEqual([]);
    await opened.press('Create one');
    await opened.fill({ Username: 'x', Password: credentials.password });
    await opened.press('Create the account');
    await opened.faultOf('Username');
    expect(await inPage(page, FAINT_TEXTS)).toEqual([]);
    await opened.fill({ Username: credentials.username });
    await opened.press('Create the account');
    await opened.says('Your account was created.');
    await client.post('/authenticate_user', { json: { ...credentials, password: 'wrong' } });
    await opened.press('Refresh');
    await opened.events.getByText('Wrong password').waitFor();
    await opened.press('Delete the account…');
    expect(await inPage(page, FAINT_TEXTS)).toEqual([]);
  });

  it('password managers are told what each field is for (S89)', async () => {
    const opened = await AccountPage.enter(server, await client.register());
    const purposes = `[...document.querySelectorAll('input[autocomplete]')].map(
      ({ form, name, autocomplete }) => [form?.id, name, autocomplete].join(' '))`;
    expect(await inPage(opened.page, purposes)).toEqual([
      'login username username',
      'login password current-password',
      'challenge code one-time-code',
      'forgot name username',
      'reset code one-time-code',
      'reset password new-password',
      'register username username',
      'register password new-password',
      'verify-address code one-time-code',
      'set-address email email',
      'confirm-factor code one-time-code',
      'add-factor name off',
      '  off',
      'make-key name off',
      'make-key  username',
      'make-key current_password current-password',
      'rename username username',
      'change-password  username',
      'change-password current_password current-password',
      'change-password password new-password',
      'proof  username',
      'proof current_password current-password',
      'proof code one-time-code',
    ]);
  });

  it('what is wrong with a field is told beside it', async () => {
    const account = await client.register();
    const opened = await AccountPage.open(server);
    await opened.press('Create one');
    await opened.fill({ Username: 'a:b:c', Password: account.password });
    await opened.press('Create the account');
    expect(await opened.faultOf('Username')).toBe('Username must not contain ":" (U+003A).');
    expect(await opened.focused()).toBe('Username');
    await opened.fill({ Username: account.username });
    await opened.press('Create the account');
    await opened.warns('This username is already taken: choose another.');
    expect(await opened.field('Username').getAttribute('aria-invalid')).toBe('false');
    await opened.fill({ Username: newCredentials().username, Password: 'short' });
    await opened.press('Create the account');
    expect(await opened.faultOf('Password')).toBe('Password must have at least 6 characters.');
  });

  it('a password can be pasted, and seen while it is typed if somebody wants that (S89)', async () => {
    const opened = await AccountPage.open(server);
    await opened.fill({ Username: 'what a manager made' });
    for (const keys of ['ControlOrMeta+A', 'ControlOrMeta+C', 'Tab', 'ControlOrMeta+V']) {
      await opened.page.keyboard.press(keys);
    }
    expect(await opened.field('Password').inputValue()).toBe('what a manager made');
    const type = () => opened.field('Password').getAttribute('type');
    expect(await type()).toBe('password');
    await opened.page.getByRole('checkbox', { name: 'Show the password' }).check();
    expect(await type()).toBe('text');
    await opened.page.getByRole('checkbox', { name: 'Show the password' }).uncheck();
    expect(await type()).toBe('password');
  });

  it('an API key is made, shown once and copied, and deleted, also by keyboard (S94)', async () => {
    const account = await client.register();
    const opened = await AccountPage.enter(server, account);
    const { page } = opened;
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.setViewportSize({ width: 360, height: 740 });
    const name = '<b>backup</b>';
    await opened.fill({ 'What the key is for': name, 'Your password': 'wrong' });
    await opened.press('Make a key');
    expect(await opened.faultOf('Your password')).toBe('Your password is wrong.');
    await opened.fill({ 'Your password': account.password });
    await page.keyboard.press('Enter');
    await opened.says('The key was made.');
    expect(await opened.focused()).toBe('Your new key');
    const key = await opened.field('Your new key').inputValue();
    expect(key).toMatch(/^gth_/);
    expect((await client.get('/user', { bearer: key })).body.user.username).toBe(account.username);
    expect(await inPage(page, 'document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    expect(await inPage(page, FAINT_TEXTS)).toEqual([]);
    await opened.press('Copy the key');
    await opened.says('The key was copied.');
    expect(await inPage(page, 'navigator.clipboard.readText()')).toBe(key);
    expect(await opened.keys.allInnerTexts()).toEqual([
      expect.stringMatching(/^<b>backup<\/b>\s+….{4}\s+made .*, expires .*, (never|last) used/),
    ]);
    await opened.press('I have it');
    expect(await opened.focused()).toBe('API keys');
    expect(await opened.page.getByLabel('Your new key').isVisible()).toBe(false);
    const kept = '[...document.querySelectorAll("input")].map(({ value }) => value).join()';
    expect(await inPage(page, kept)).not.toContain(key);

    await opened.press(`Delete the key ${name}, …${key.slice(-4)}`);
    await opened.says('The key was deleted: no program can use it any more.');
    expect(await opened.focused()).toBe('API keys');
    expect(await opened.keys.count()).toBe(0);
    expect((await client.get('/user', { bearer: key })).status).toBe(401);
  });

  it('a new API key is gone with the log-out', async () => {
    const account = await client.register();
    const opened = await AccountPage.enter(server, account);
    await opened.fill({ 'What the key is for': 'x', 'Your password': account.password });
    await opened.press('Make a key');
    await opened.says('The key was made.');
    await opened.press('Log out');
    await opened.says('You have logged out.');
    const kept = '[...document.querySelectorAll("input")].map(({ value }) => value).join("")';
    expect(await inPage(opened.page, kept)).not.toContain('gth_');
  });

  it('another session is ended at once', async () => {
    const account = await client.register();
    const token = await logInElsewhere(account);
    const opened = await AccountPage.enter(server, account);
    await opened.press(`End the session of ${ELSEWHERE} from 127.0.0.1`);
    await opened.says('The session was ended.');
    expect(await opened.sessions.allInnerTexts()).toEqual([
      expect.stringContaining('This session'),
    ]);
    expect(await client.accepts(token)).toBe(false);
  });

  it('logging out everywhere ends every session', async () => {
    const account = await client.register();
    const token = await logInElsewhere(account);
    const opened = await AccountPage.enter(server, account);
    await opened.press('Log out everywhere');
    await opened.says('You have logged out everywhere.');
    expect(await client.accepts(token)).toBe(false);
    const { body } = await client.get('/user/sessions', { bearer: await client.login(account) });
    expect(body.sessions).toHaveLength(1);
  });

  it.each([
    ['Log out', 'You have logged out.'],
    ['Log out everywhere', 'You have logged out everywhere.'],
  ])('"%s" is done also if it is pressed before the page is complete', async (name, news) => {
    const account = await client.register();
    const opened = await AccountPage.enter(server, account);
    await opened.isIdle();
    const pressWhileItLoads = async (route: Route) => {
      await opened.page.getByRole('button', { name, exact: true }).dblclick();
      await route.continue();
    };
    await opened.page.route('**/user/events?*', pressWhileItLoads, { times: 1 });
    await opened.press('Refresh');
    await opened.says(news);
    const { body } = await client.get('/user/sessions', { bearer: await client.login(account) });
    expect(body.sessions).toHaveLength(1);
  });

  it('a password is changed by a person who knows it, and the old one is refused', async () => {
    const account = await client.register();
    const token = await logInElsewhere(account);
    const opened = await AccountPage.enter(server, account);
    const change = { 'Current password': 'wrong', 'New password': 'battery staple' };
    await opened.fill(change);
    await opened.press('Change the password');
    expect(await opened.faultOf('Current password')).toBe('Current password is wrong.');
    expect(await client.accepts(token)).toBe(true);

    await opened.fill({ ...change, 'Current password': account.password });
    await opened.press('Change the password');
    await opened.says('Your password was changed, and your other sessions were ended.');
    expect(await opened.field('New password').inputValue()).toBe('');
    expect(await opened.sessions.count()).toBe(1);
    expect(await client.accepts(token)).toBe(false);
    const { username, password } = account;
    const old = { json: { username, password } };
    expect((await client.post('/authenticate_user', old)).status).toBe(401);
    await client.login({ username, password: 'battery staple' });
  });

  it('a username is changed, and shown as the service keeps it', async () => {
    const account = await client.register();
    const opened = await AccountPage.enter(server, account);
    const { username } = newCredentials();
    await opened.fill({ 'New username': username.toUpperCase() });
    await opened.press('Change the username');
    await opened.says('Your username was changed.');
    await opened.profile.getByText(username, { exact: true }).waitFor();
    expect(await opened.field('New username').inputValue()).toBe(username);
    await client.login({ ...account, username });
  });

  it('a username that is half typed stays, whatever else is done', async () => {
    const account = await client.register();
    const token = await logInElsewhere(account);
    const opened = await AccountPage.enter(server, account);
    await opened.isIdle();
    expect(await opened.field('New username').inputValue()).toBe(account.username);
    await opened.fill({ 'New username': 'half ty' });
    await opened.press('Refresh');
    await opened.says('Refreshed.');
    await opened.press(`End the session of ${ELSEWHERE} from 127.0.0.1`);
    await opened.says('The session was ended.');
    expect(await client.accepts(token)).toBe(false);
    expect(await opened.field('New username').inputValue()).toBe('half ty');
  });

  it('an account is deleted only by somebody who is sure', async () => {
    const account = await client.register();
    const opened = await AccountPage.enter(server, account);
    await opened.press('Delete the account…');
    await opened.press('Keep it');
    await opened.press('Refresh');
    await opened.isIdle();
    await client.login(account);
    await opened.press('Delete the account…');
    await opened.press('Delete the account');
    await opened.says('Your account was deleted.');
    const { username, password } = account;
    const json = { username, password };
    expect((await client.post('/authenticate_user', { json })).status).toBe(401);
  });

  it('events come a page at a time', async () => {
    const account = await client.register();
    for (let logIns = 0; logIns < 20; logIns++) await logInElsewhere(account);
    const opened = await AccountPage.enter(server, account);
    await opened.isIdle();
    expect(await opened.events.count()).toBe(10);
    await opened.press('More events');
    await opened.events.nth(19).waitFor();
    await opened.isIdle();
    expect(await opened.focused()).toBe(await opened.events.nth(10).textContent());
    await opened.press('More events');
    await opened.events.nth(21).getByText('Account created').waitFor();
    expect(await moreEvents(opened).count()).toBe(0);
  });

  it('more events are offered only once the first are there', async () => {
    const account = await client.register();
    for (let logIns = 0; logIns < 10; logIns++) await logInElsewhere(account);
    const opened = await AccountPage.open(server);
    const offered: number[] = [];
    await opened.page.route('**/user/events?*', async (route) => {
      offered.push(await moreEvents(opened).count());
      await route.continue();
    });
    for (let logIns = 0; logIns < 2; logIns++) {
      await opened.fill({ Username: account.username, Password: account.password });
      await opened.press('Log in');
      await moreEvents(opened).waitFor();
      await opened.press('Log out');
      await opened.says('You have logged out.');
    }
    expect(offered).toEqual([0, 0]);
  });

  it('what a program calls itself is text, whatever is in it (S88)', async () => {
    const account = await client.register();
    const name = '<img src=x onerror=alert(1)><b>bold</b>';
    await logInElsewhere(account, name);
    const opened = await AccountPage.enter(server, account);
    await opened.sessions.getByText(name).waitFor();
    expect(await opened.page.locator('img, b').count()).toBe(0);
  });
});
