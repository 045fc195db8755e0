import { describeOnEachDatabase } from '../support/backends.js';
import { eventually } from '../support/eventually.js';
import { MailServer } from '../support/mail-server.js';
import { WantedMails } from '../support/wanted-mails.js';

const LIMIT_MS = 30_000;
const RECIPIENT = 'juliet@capulet.example';

describeOnEachDatabase('A mail server that fails', (start) => {
  let mails: MailServer;

  beforeEach(async () => {
    mails = await MailServer.start();
  });

  it.each(['be silent', 'hold', 'refuse', 'drop'] as const)(
    'keeps no request waiting, and no process from ending: %s',
    async (behaviour) => {
      const server = await start(mails.variables());
      mails.behave(behaviour);
      const wanted = await WantedMails.of(server);
      await wanted.add('reset-password', RECIPIENT);
      await eventually(() => expect(mails.connections).toBeGreaterThan(0), LIMIT_MS);
      // The server has the connection all the time: these answers did not wait for it.
      const session = await server.client.newSession();
      expect((await server.client.get('/user', { bearer: session.token })).status).toBe(200);
      expect(mails.mails).toEqual([]);
      expect(await server.stop()).toBe(0);
      expect(mails.mails).toEqual([]);
      expect(await wanted.countWaiting()).toBe(1);
      mails.behave('accept');
      await server.restart();
      await wanted.lapse();
      await mails.mailsTo(RECIPIENT);
    },
  );

  it('A mail is sent later if the process is killed in the middle', async () => {
    const server = await start(mails.variables());
    const wanted = await WantedMails.of(server);
    mails.behave('be silent');
    await wanted.add('reset-password', RECIPIENT);
    await eventually(() => expect(mails.connections).toBe(1), LIMIT_MS);
    await server.kill();
    expect(await wanted.countWaiting()).toBe(1);
    mails.behave('accept');
    await server.restart();
    await wanted.lapse();
    expect(await mails.mailsTo(RECIPIENT)).toHaveLength(1);
    await eventually(async () => expect(await wanted.countWaiting()).toBe(0), LIMIT_MS);
  });
});
