import { SECURITY_EVENT_TYPES } from '../../src/audit/security-event.entity.js';
import { inPage } from '../support/browser.js';
import { gatehouseJson } from '../support/cli.js';
import { uniqueName } from '../support/client.js';
import { Server } from '../support/server.js';
import { AccountPage } from './account-page.js';

const IPHONE = 'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15';

describe('The words of the account page', () => {
  let server: Server;

  beforeAll(async () => {
    server = await Server.start();
  });

  /** What a function of the page says of each value. */
  async function wordsFor(name: string, values: readonly string[]): Promise<string[]> {
    const { page } = await AccountPage.open(server);
    const list = JSON.stringify(values);
    const words = `import('/account/words.js')`;
    return inPage(page, `${words}.then(({ ${name} }) => ${list}.map((value) => ${name}(value)))`);
  }

  it('name every event', async () => {
    const names = await wordsFor('eventName', SECURITY_EVENT_TYPES);
    expect(names.filter((name) => !/^[A-Z][^.]+$/.test(name))).toEqual([]);
  });

  it('name the browsers that claim to be Safari or Chrome too', async () => {
    const agents = [
      `${IPHONE} (KHTML, like Gecko) CriOS/150.0.7000.50 Mobile/15E148 Safari/604.1`,
      `${IPHONE} (KHTML, like Gecko) FxiOS/150.0 Mobile/15E148 Safari/605.1.15`,
      `${IPHONE} (KHTML, like Gecko) Version/19.0 EdgiOS/150.0.3500.50 Mobile/15E148 Safari/604.1`,
      `${IPHONE} (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1`,
      'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Mobile Safari/537.36 EdgA/150.0.0.0',
    ];
    expect(await wordsFor('deviceName', agents)).toEqual([
      'Chrome on iOS',
      'Firefox on iOS',
      'Edge on iOS',
      'Safari on iOS',
      'Edge on Android',
    ]);
  });

  it('name an operator, whose command line has no address', async () => {
    const account = { username: uniqueName(), password: 'correct horse' };
    await gatehouseJson(server, ['users', 'create', account.username], `${account.password}\n`);
    const opened = await AccountPage.enter(server, account);
    const created = opened.events.filter({ hasText: 'Account created' });
    expect(await created.innerText()).toMatch(/\san operator of this service$/);
  });
});
