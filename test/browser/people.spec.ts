import type { Page } from 'playwright-core';
import { readFile } from 'node:fs/promises';
import { inPage, takePicture } from '../support/browser.js';
import { gatehouse } from '../support/cli.js';
import { uniqueName, type Account } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { newAddressee, newestSecret, uniqueAddress, verifyAddress } from '../support/mails.js';
import { readQrCode } from '../support/qr-reader.js';
import { Server } from '../support/server.js';
import { Authenticator } from '../support/totp.js';
import { AccountPage, newCredentials } from './account-page.js';
import { FAINT_TEXTS } from './contrast.js';

const NEW_PASSWORD = 'battery staple';
const PHONE = { viewport: { width: 360, height: 740 } };

/** What is around a QR code, in modules. */
const QUIET_ZONE = 4;

const RECOVERY_CODES = /^(?:[A-Z2-7]{4}(?:-[A-Z2-7]{4}){3}\n?){10}$/;

type Credentials = Pick<Account, 'username' | 'password'>;

describe('On the account page, people', () => {
  let server: Server;

  beforeAll(async () => {
    server = await Server.start({ LOGIN_MAX_FAILURES: '50' });
  });

  const logIn = async (opened: AccountPage, { username, password }: Credentials) => {
    await opened.fill({ Username: username, Password: password });
    await opened.press('Log in');
    await opened.isIdle();
  };

  const logOut = async (opened: AccountPage) => {
    await opened.press('Log out');
    await opened.says('You have logged out.');
  };

  /** Proves who is at the page, in the dialog. */
  const confirm = async (opened: AccountPage, proof: { password?: string; code?: string }) => {
    const { password, code } = proof;
    if (password !== undefined) await opened.fill({ 'Your current password': password });
    if (code !== undefined) await opened.fill({ 'Code from your app, or a recovery code': code });
    await opened.press('Confirm');
    await opened.isIdle();
  };

  /** Follows a link of a mail in the tab where the page is open. */
  const follow = ({ page }: AccountPage, link: string) =>
    inPage(page, `void (location.hash = '${link}')`);

  const fits = ({ page }: AccountPage) =>
    inPage<boolean>(page, 'document.documentElement.scrollWidth <= innerWidth');

  /** Whatever a program could find in the page: its text, fields and address. */
  const everything = ({ page }: AccountPage) =>
    inPage<string>(
      page,
      `[document.documentElement.outerHTML, location.href,
        ...[...document.querySelectorAll('input, textarea')].map(({ value }) => value)].join()`,
    );

  /** Adds an app, which reads the QR code; the recovery codes that are shown. */
  async function addApp(
    opened: AccountPage,
    name: string,
    proof: { password: string; code?: string },
  ): Promise<{ app: Authenticator; codes: string[] }> {
    await opened.fill({ 'Name of the app or the phone': name });
    await opened.press('Add an app');
    await confirm(opened, proof);
    const uri = await qrCodeOf(opened.page);
    const secret = new URL(uri).searchParams.get('secret') ?? '';
    const app = new Authenticator(secret);
    expect(await opened.focused()).toBe('Add it to your app');
    expect(await opened.field('Or type this secret into it').inputValue()).toBe(secret);
    const link = opened.page.getByRole('link', { name: 'open it in an app here' });
    expect(await link.getAttribute('href')).toBe(uri);
    expect(await fits(opened)).toBe(true);
    await takePicture(opened.page, 'second-factor');
    await opened.fill({ 'The code that the app shows now': app.next() });
    await opened.press('Turn it on');
    await opened.says('It is on: from now on a log-in needs a code too.');
    const shown = opened.page.locator('#codes-text');
    return { app, codes: (await shown.inputValue()).split('\n') };
  }

  it('go the whole way, from a new account to the help of an operator', async () => {
    const account = { username: uniqueName('susan'), password: 'correct horse' };
    const [first, second] = [uniqueAddress(), uniqueAddress()];
    const opened = await AccountPage.open(server, PHONE);
    const { page } = opened;
    await opened.press('Create one');
    await opened.fill({ Username: account.username, Password: account.password });
    await opened.press('Create the account');
    await opened.says('Your account was created.');

    await opened.address.getByText('There is none yet.').waitFor();
    await opened.fill({ 'New address': first });
    await opened.press('Set the address');
    await confirm(opened, { password: account.password });
    await opened.says(`A mail is on its way to ${first}. Follow its link, or type its code.`);
    await opened.address.getByText('Not verified').waitFor();
    const byLink = await newestSecret(server, first, 'verify-address');
    await follow(opened, `verify=${byLink.token}`);
    await opened.says('Your address is verified.');
    await opened.address.getByText('Verified', { exact: true }).waitFor();
    expect(await everything(opened)).not.toContain(byLink.token);

    await opened.fill({ 'New address': second });
    await opened.press('Set the address');
    await confirm(opened, { password: account.password });
    await opened.says(`A mail is on its way to ${second}.`);
    expect(await opened.focused()).toBe('Code from the mail');
    await opened.address.getByText(first, { exact: true }).waitFor();
    const byCode = await newestSecret(server, second, 'verify-address');
    await opened.fill({ 'Code from the mail': 'AAAAA-AAAAA' });
    await opened.press('Verify the address');
    expect(await opened.faultOf('Code from the mail')).toBe(
      'Code from the mail is wrong, was used before, or is too old.',
    );
    await opened.fill({ 'Code from the mail': byCode.code });
    await opened.press('Verify the address');
    await opened.says('Your address is verified.');
    expect(await opened.focused()).toBe('Address');
    await opened.address.getByText(second, { exact: true }).waitFor();

    const { app, codes } = await addApp(opened, 'my phone', account);
    expect(codes.join('\n')).toMatch(RECOVERY_CODES);
    expect(await opened.focused()).toBe('Your recovery codes');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      opened.press('Save as a file'),
    ]);
    expect(download.suggestedFilename()).toBe('recovery-codes.txt');
    expect(await readFile(await download.path(), 'utf8')).toBe(`${codes.join('\n')}\n`);
    await opened.press('I have them');
    expect(await opened.focused()).toBe('Second factors');
    expect(await everything(opened)).not.toContain(codes[0]);
    await page.getByText('Recovery codes that are left: 10').waitFor();
    await logOut(opened);

    await logIn(opened, account);
    expect(await opened.focused()).toBe('Second factor');
    expect(await fits(opened)).toBe(true);
    await takePicture(page, 'second-factor-login');
    expect(await opened.field('Code').getAttribute('inputmode')).toBe('numeric');
    await opened.fill({ Code: app.next() });
    await opened.press('Log in');
    await opened.profile.getByText(account.username).waitFor();
    expect(await opened.factors.allInnerTexts()).toEqual([
      expect.stringMatching(/^my phone\s+App\s+added .*, last used /),
    ]);
    await logOut(opened);

    await logIn(opened, account);
    await page.getByLabel('I use a recovery code').check();
    expect(await opened.focused()).toBe('Code');
    expect(await opened.field('Code').getAttribute('inputmode')).toBe('text');
    await opened.fill({ Code: codes[0] ?? '' });
    await opened.press('Log in');
    await page.getByText('Recovery codes that are left: 9').waitFor();
    await logOut(opened);

    await opened.press('Forgot your password?');
    expect(await opened.focused()).toBe('Forgot your password?');
    await opened.fill({ 'Your address or username': account.username });
    await opened.press('Send the mail');
    await opened.says('a mail is on its way');
    const reset = await newestSecret(server, second, 'reset-password');
    await opened.fill({ 'Code from the mail': reset.code, 'New password': NEW_PASSWORD });
    await opened.press('Set the new password');
    await opened.says('Your password was changed. Log in with the new one.');
    const changed = { ...account, password: NEW_PASSWORD };
    await logIn(opened, changed);
    await opened.fill({ Code: codes[1] ?? '' });
    await opened.press('Log in');
    await opened.profile.getByText(account.username).waitFor();
    await logOut(opened);

    const help = await gatehouse(server, ['users', 'factors', account.username, '--remove', 'all']);
    expect(help).toMatchObject({ code: 0, stderr: '' });
    await logIn(opened, changed);
    await opened.profile.getByText(account.username).waitFor();
    expect(await opened.factors.count()).toBe(0);
    const removed = opened.events.filter({ hasText: 'Second factor removed' });
    expect(await removed.innerText()).toMatch(/\san operator of this service$/);
  });

  it('who are not logged in verify an address by its link once they are', async () => {
    const account = await server.client.newSession();
    const email = uniqueAddress();
    const json = { email, current_password: account.password };
    await server.client.put('/user/email', { bearer: account.token, json });
    const { token } = await newestSecret(server, email, 'verify-address');
    const opened = await AccountPage.open({ url: server.url }, PHONE, `#verify=${token}`);
    await opened.says('Log in, and your address is verified.');
    expect(await everything(opened)).not.toContain(token);
    await logIn(opened, account);
    await opened.says('Your address is verified.');
    await opened.address.getByText(email).waitFor();
    await opened.press('Remove the address');
    await confirm(opened, { password: account.password });
    await opened.says('Your address was removed.');
    expect(await opened.focused()).toBe('Address');
  });

  it('are told that a link is of no use, and shown the account all the same', async () => {
    const account = await server.client.register();
    const opened = await AccountPage.open({ url: server.url }, {}, '#verify=used');
    await logIn(opened, account);
    await opened.warns('The code is wrong, was used before, or is too old.');
    await opened.profile.getByText(account.username).waitFor();
    expect(await opened.sessions.count()).toBe(1);
  });

  it('who forgot the password choose another by a link, with the keyboard alone (S103)', async () => {
    const account = await newAddressee(server);
    const asked: string[] = [];
    const opened = await AccountPage.open(server);
    const { keyboard } = opened.page;
    opened.page.on('request', (request) => asked.push(request.url()));
    await opened.page.getByRole('button', { name: 'Forgot your password?' }).focus();
    await keyboard.press('Enter');
    await keyboard.press('Tab');
    await keyboard.type(account.email);
    await keyboard.press('Enter');
    await opened.says('If there is an account of this name with a verified address');
    const { token } = await newestSecret(server, account.email, 'reset-password');
    await follow(opened, `reset=${token}`);
    await opened.page.locator('#reset-code').waitFor({ state: 'hidden' });
    expect(await opened.focused()).toBe('Choose a new password');
    expect(await everything(opened)).not.toContain(token);
    await keyboard.press('Tab');
    await keyboard.type('short');
    await keyboard.press('Enter');
    expect(await opened.faultOf('New password')).toMatch(/^New password must have/);
    expect(await opened.focused()).toBe('New password');
    await keyboard.press('ControlOrMeta+A');
    await keyboard.type(NEW_PASSWORD);
    await keyboard.press('Enter');
    await opened.says('Your password was changed. Log in with the new one.');
    expect(await server.client.accepts(account.token)).toBe(false);
    expect(asked.filter((url) => url.includes(token))).toEqual([]);
    await logIn(opened, { ...account, password: NEW_PASSWORD });
    await opened.profile.getByText(account.username).waitFor();

    await follow(opened, `reset=${token}`);
    await opened.fill({ 'New password': 'another horse' });
    await opened.press('Set the new password');
    await opened.warns(/^The link or code is wrong, was used before, or is too old/);
    await opened.press('Ask for another');
    expect(await opened.focused()).toBe('Forgot your password?');
    await opened.press('Back to the log-in');
    expect(await opened.focused()).toBe('Log in');
  });

  it('who forgot the password say so if their username looks like an address', async () => {
    const account = await server.client.newSession({ username: `${uniqueName()}@home` });
    const email = uniqueAddress();
    await verifyAddress(server, account, email);
    const opened = await AccountPage.open(server);
    await opened.press('Forgot your password?');
    const choice = opened.page.getByLabel('This is my username, not my address');
    expect(await choice.isVisible()).toBe(false);
    await opened.fill({ 'Your address or username': account.username });
    await choice.check();
    await opened.press('Send the mail');
    await opened.says('If there is an account of this name with a verified address');
    await newestSecret(server, email, 'reset-password');
  });

  it('hear of a wrong code, and log in again once there were too many', async () => {
    const account = newCredentials();
    await server.client.register(account);
    const opened = await AccountPage.enter(server, account);
    const { codes } = await addApp(opened, '', account);
    await logOut(opened);
    await logIn(opened, account);
    for (let wrong = 0; wrong < 5; wrong++) {
      await opened.fill({ Code: 'AAAA-AAAA-AAAA-AAAA' });
      await opened.press('Log in');
      expect(await opened.faultOf('Code')).toBe('Code is wrong, was used before, or is too old.');
      expect(await opened.focused()).toBe('Code');
    }
    await opened.fill({ Code: codes[0] ?? '' });
    await opened.press('Log in');
    await opened.warns(/^This log-in has expired, was finished, or had too many wrong codes/);
    expect(await opened.focused()).toBe('Log in');
    await logIn(opened, account);
    await opened.press('Back to the log-in');
    await logIn(opened, account);
    await opened.fill({ Code: codes[0] ?? '' });
    await opened.press('Log in');
    await opened.profile.getByText(account.username).waitFor();
  });

  it('add a second app, make recovery codes and remove an app with a code', async () => {
    const account = newCredentials();
    await server.client.register(account);
    const opened = await AccountPage.enter(server, account);
    const { codes } = await addApp(opened, '<b>old</b>', account);
    await opened.press('I have them');
    await addApp(opened, 'new', { ...account, code: codes[0] ?? '' });
    expect(await opened.page.locator('#codes').isVisible()).toBe(false);
    await opened.press('New recovery codes');
    await confirm(opened, { code: codes[0] ?? '' });
    expect(await opened.faultOf('Code from your app, or a recovery code')).toBe(
      'Code from your app, or a recovery code is wrong, was used before, or is too old.',
    );
    await confirm(opened, { code: codes[1] ?? '' });
    await opened.says('These are your recovery codes now');
    const fresh = (await opened.page.locator('#codes-text').inputValue()).split('\n');
    expect(fresh.filter((code) => codes.includes(code))).toEqual([]);
    await opened.press('Remove <b>old</b>');
    await confirm(opened, { code: fresh[0] ?? '' });
    await opened.says('The second factor was removed.');
    expect(await opened.factors.allInnerTexts()).toEqual([expect.stringMatching(/^new\s/)]);
  });

  it('leave a question with Escape, and nothing of it stays (S87)', async () => {
    const account = newCredentials();
    await server.client.register(account);
    const opened = await AccountPage.enter(server, account);
    await opened.isIdle();
    await opened.press('Add an app');
    expect(await opened.focused()).toBe('Your current password');
    await opened.page.keyboard.type('half a passw');
    await opened.page.keyboard.press('Escape');
    expect(await opened.focused()).toBe('Add an app');
    // A browser tells the page of the closing a moment after it has moved the focus.
    await eventually(async () => {
      expect(await everything(opened)).not.toContain('half a passw');
    }, 5_000);
    await opened.press('Add an app');
    await confirm(opened, { password: account.password });
    await opened.page.getByRole('img', { name: 'QR code for your app' }).waitFor();
    const secret = await opened.field('Or type this secret into it').inputValue();
    await logOut(opened);
    expect(await everything(opened)).not.toContain(secret);
    expect(await opened.page.getByRole('img').count()).toBe(0);
  });

  it.each(['light', 'dark'] as const)('can read every text of it (%s)', async (colorScheme) => {
    const account = newCredentials();
    await server.client.register(account);
    const opened = await AccountPage.open(server, { ...PHONE, colorScheme });
    const isReadable = async () => {
      expect(await inPage(opened.page, FAINT_TEXTS)).toEqual([]);
      expect(await fits(opened)).toBe(true);
    };
    await opened.press('Forgot your password?');
    await isReadable();
    await opened.fill({ 'Your address or username': account.username });
    await opened.press('Send the mail');
    await opened.says('a mail is on its way');
    await isReadable();
    await opened.press('Back to the log-in');
    await logIn(opened, account);
    await opened.press('Add an app');
    await isReadable();
    await confirm(opened, { password: 'wrong' });
    expect(await opened.faultOf('Your current password')).toBe('Your current password is wrong.');
    await isReadable();
    await opened.page.keyboard.press('Escape');
    await addApp(opened, 'my phone', account);
    await isReadable();
    await logOut(opened);
    await logIn(opened, account);
    await isReadable();
  });

  it('are offered nothing that needs a mail where the service sends none', async () => {
    const silent = await Server.start({
      NODE_ENV: 'production',
      PUBLIC_URL: 'https://auth.example.com',
      JWT_KEY: 'Hq7Zx2Lm9Vt4Kc8Rw3Np6Yb1Fd5Gs0Ja',
    });
    const account = newCredentials();
    await silent.client.register(account);
    const opened = await AccountPage.open(silent);
    const forgotten = opened.page.getByRole('button', { name: 'Forgot your password?' });
    expect(await forgotten.count()).toBe(0);
    await logIn(opened, account);
    await opened.profile.getByText(account.username).waitFor();
    expect(await opened.address.isVisible()).toBe(false);
    await opened.press('Add an app');
    await confirm(opened, { password: account.password });
    await opened.warns(/the operator of the service has to set DATA_KEY/);
  });
});

/** What an app reads in the QR code that the page shows. */
async function qrCodeOf(page: Page): Promise<string> {
  const image = page.getByRole('img', { name: 'QR code for your app' });
  await image.waitFor();
  const side = Number((await image.getAttribute('viewBox'))?.split(' ').at(-1));
  const shape = (await image.locator('path').last().getAttribute('d')) ?? '';
  const dark = new Set(
    Array.from(shape.matchAll(/M(\d+) (\d+)h1v1h-1z/g), ([, x, y]) => `${x} ${y}`),
  );
  return readQrCode(side - 2 * QUIET_ZONE, (x, y) =>
    dark.has(`${x + QUIET_ZONE} ${y + QUIET_ZONE}`),
  );
}
