import type { BrowserContextOptions, Locator, Page } from 'playwright-core';
import { inPage, openPage } from '../support/browser.js';
import { uniqueName, type Account } from '../support/client.js';
import type { Server } from '../support/server.js';

/** A program that a second session may come from. */
export const ELSEWHERE = 'curl/8.5.0';

type Credentials = Pick<Account, 'username' | 'password'>;

export const newCredentials = (): Credentials => ({
  username: uniqueName(),
  password: 'correct horse',
});

/** The account page, as somebody meets it who knows only what it says. */
export class AccountPage {
  private constructor(readonly page: Page) {}

  static async open(
    server: Pick<Server, 'url'>,
    options?: BrowserContextOptions,
    fragment = '',
  ): Promise<AccountPage> {
    const page = await openPage(`${server.url}/account${fragment}`, options);
    await page.getByRole('heading', { name: 'Log in', level: 1 }).waitFor();
    return new AccountPage(page);
  }

  /** Opens the page and logs in. */
  static async enter(
    server: Pick<Server, 'url'>,
    { username, password }: Credentials,
  ): Promise<AccountPage> {
    const opened = await AccountPage.open(server);
    await opened.fill({ Username: username, Password: password });
    await opened.press('Log in');
    await opened.profile.filter({ hasText: username }).waitFor();
    return opened;
  }

  get profile(): Locator {
    return this.page.getByRole('region', { name: 'Profile' });
  }

  get sessions(): Locator {
    return this.page.getByRole('region', { name: 'Sessions' }).getByRole('listitem');
  }

  get keys(): Locator {
    return this.page.getByRole('region', { name: 'API keys' }).getByRole('listitem');
  }

  get address(): Locator {
    return this.page.getByRole('region', { name: 'Address' });
  }

  get factors(): Locator {
    return this.page.getByRole('region', { name: 'Second factors' }).getByRole('listitem');
  }

  get events(): Locator {
    return this.page.getByRole('region', { name: 'Recent security events' }).getByRole('listitem');
  }

  field(label: string): Locator {
    return this.page.getByLabel(label, { exact: true }).filter({ visible: true });
  }

  async fill(values: Record<string, string>): Promise<void> {
    for (const [label, value] of Object.entries(values)) await this.field(label).fill(value);
  }

  /** Presses a button once nothing is under way: until then the page may do nothing about it. */
  async press(name: string): Promise<void> {
    await this.isIdle();
    await this.page.getByRole('button', { name, exact: true }).click();
  }

  /** Resolves once the page tells this news. */
  async says(news: string): Promise<void> {
    await this.page.getByRole('status').getByText(news).waitFor();
    await this.isIdle();
  }

  /** Resolves once the page tells of this trouble. */
  async warns(trouble: string | RegExp): Promise<void> {
    await this.page.getByRole('alert').getByText(trouble).waitFor();
    await this.isIdle();
  }

  /** Resolves once nothing is under way. */
  async isIdle(): Promise<void> {
    await this.page.locator('main:not([aria-busy])').waitFor();
  }

  /** What a field is said to be wrong about, by a program that reads the page aloud. */
  async faultOf(label: string): Promise<string> {
    await this.isIdle();
    expect(await this.field(label).getAttribute('aria-invalid')).toBe('true');
    const id = await this.field(label).getAttribute('aria-describedby');
    return this.page.locator(`#${id}`).innerText();
  }

  /** The name of what has the focus. */
  async focused(): Promise<string> {
    return inPage(
      this.page,
      `(({ labels, ariaLabel, textContent }) => labels?.[0]?.textContent || ariaLabel || textContent)(
        document.activeElement)`,
    );
  }
}
