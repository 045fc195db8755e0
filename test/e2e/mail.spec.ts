import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { hostname, networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { simpleParser } from 'mailparser';
import { gatehouse, jsonLines } from '../support/cli.js';
import { eventually } from '../support/eventually.js';
import { mailCertificate, MailServer, secretsOf } from '../support/mail-server.js';
import { WantedMails } from '../support/wanted-mails.js';
import { freePort } from '../support/processes.mjs';
import { scrape } from '../support/scrape.js';
import { Server, temporaryDirectory, type Variables } from '../support/server.js';

const LIMIT_MS = 30_000;

/** An address of this machine that is not loopback, if it has one; its name otherwise. */
const OTHER_HOST =
  Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? hostname();

describe('Mails without SMTP_URL', () => {
  it('are files for their owner alone in development, and the log names the file but no secret', async () => {
    const server = await Server.start();
    const wanted = await WantedMails.of(server);
    await wanted.add('reset-password', 'juliet@capulet.example');
    const folder = join(server.directory, 'data', 'outbox');
    await eventually(() => expect(readdirSync(folder)).toHaveLength(1), LIMIT_MS);
    const [name = ''] = readdirSync(folder);
    expect(name).toMatch(/^\d{4}-\d\d-\d\dT[\d.-]+Z-[0-9a-f]{6}-reset-password\.eml$/);
    expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
    const raw = readFileSync(join(folder, name));
    const parsed = await simpleParser(raw);
    const mail = { recipients: [], user: undefined, isEncrypted: false, raw: '', parsed };
    const { token, code } = secretsOf(mail);
    expect(parsed.text).toContain(`${server.url}/account#reset=`);
    await eventually(() => expect(server.output).toContain(name), LIMIT_MS);
    for (const secret of [token, code, 'juliet@capulet.example']) {
      expect(secret).toMatch(/.{10}/);
      expect(server.output).not.toContain(secret);
    }
  });

  it('are not sent in production, and stay as they are', async () => {
    const server = await Server.start({
      ...{ NODE_ENV: 'production', PUBLIC_URL: 'https://auth.example.com', METRICS: 'true' },
      JWT_KEY: 'pZ1x8Wq4TnB6cVfR2sYhJ0kLmD9gUeAo',
    });
    expect((await scrape(server.client)).has('gatehouse_mails_waiting')).toBe(false);
  });
});

describe('Mails with SMTP_URL', () => {
  it('go over STARTTLS, with the credentials of the URL', async () => {
    const { certificate, authorityFile } = mailCertificate('mail', addressOf(OTHER_HOST));
    const mails = await MailServer.start({ host: '0.0.0.0', certificate });
    const variables = mails.variables(OTHER_HOST);
    const server = await Server.start({ ...variables, NODE_EXTRA_CA_CERTS: authorityFile });
    await (await WantedMails.of(server)).add('verify-address', 'juliet@capulet.example');
    const [mail] = await mails.mailsTo('juliet@capulet.example');
    expect(mail).toMatchObject({ user: 'gatehouse', isEncrypted: true });
    expect(mail?.parsed.from?.text).toBe('"Gatehouse Test" <gatehouse@example.com>');
  });

  it('go over TLS from the start with smtps', async () => {
    const { certificate, authorityFile } = mailCertificate('mail', 'IP:127.0.0.1');
    const mails = await MailServer.start({ certificate, isTlsFromStart: true });
    const server = await Server.start({
      ...mails.variables(),
      NODE_EXTRA_CA_CERTS: authorityFile,
    });
    await (await WantedMails.of(server)).add('verify-address', 'juliet@capulet.example');
    const [mail] = await mails.mailsTo('juliet@capulet.example');
    expect(mail).toMatchObject({ user: 'gatehouse', isEncrypted: true });
  });

  it.each([
    ['that offers no TLS', undefined],
    [
      'whose certificate nobody vouches for',
      mailCertificate('mail', addressOf(OTHER_HOST)).certificate,
    ],
  ])(
    'never go to a server on another machine %s, nor does the password',
    async (_, certificate) => {
      const mails = await MailServer.start({
        host: '0.0.0.0',
        ...(certificate && { certificate }),
      });
      const server = await Server.start(mails.variables(OTHER_HOST));
      await (await WantedMails.of(server)).add('verify-address', 'juliet@capulet.example');
      await eventually(
        async () =>
          expect((await scrape(server.client)).get('gatehouse_mails_total{outcome="failed"}')).toBe(
            1,
          ),
        LIMIT_MS,
      );
      expect(mails.connections).toBeGreaterThan(0);
      expect([mails.mails, mails.logIns, mails.recipientsAsked]).toEqual([[], [], []]);
      expect((await scrape(server.client)).get('gatehouse_mails_waiting')).toBe(1);
    },
  );

  it('have one recipient and no header more, whatever stands in the fields', async () => {
    const mails = await MailServer.start();
    const server = await Server.start(mails.variables());
    const wanted = await WantedMails.of(server);
    const evil = 'x\r\nBcc: eve@montague.example\r\n\r\n<script>';
    const details = { username: evil, factorName: evil, newAddress: evil, factorTypes: [evil] };
    const kinds = ['verify-address', 'reset-password', 'factor-added', 'address-changed'];
    for (const kind of kinds) await wanted.add(kind, 'juliet@capulet.example', details);
    const recipients = [
      'a@capulet.example\r\nRCPT TO:<eve@montague.example>',
      'a@capulet.example, eve@montague.example',
      'a@capulet.example\r\nBcc: eve@montague.example',
    ];
    for (const recipient of recipients) await wanted.add('password-changed', recipient);
    await mails.mailsTo('juliet@capulet.example', 4);
    await eventually(async () => {
      const values = await scrape(server.client);
      const attempts = ['sent', 'refused', 'failed'].map((outcome) =>
        Number(values.get(`gatehouse_mails_total{outcome="${outcome}"}`)),
      );
      expect(attempts.reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(7);
    }, LIMIT_MS);
    expect(mails.recipientsAsked).not.toContain('eve@montague.example');
    for (const { recipients: asked, parsed } of mails.mails) {
      expect(asked).toHaveLength(1);
      expect(parsed.headers.has('bcc')).toBe(false);
      expect(String(parsed.html)).not.toContain('<script');
      expect(parsed.headers.get('auto-submitted')).toBe('auto-generated');
    }
  });

  it('have the texts of MAIL_TEMPLATES, and a start with a wrong one is refused', async () => {
    const folder = temporaryDirectory();
    writeFileSync(join(folder, 'password-changed.txt'), 'Subject: Oh!\n\nHello {{username}}.\n');
    const mails = await MailServer.start();
    const variables = { ...mails.variables(), MAIL_TEMPLATES: folder };
    const server = await Server.start(variables);
    await (await WantedMails.of(server)).add('password-changed', 'juliet@capulet.example');
    const [mail] = await mails.mailsTo('juliet@capulet.example');
    expect([mail?.parsed.subject, mail?.parsed.text]).toEqual(['Oh!', 'Hello juliet.\n']);
    writeFileSync(join(folder, 'password-changed.txt'), 'Subject: Oh!\n\nHello {{name}}.\n');
    const { code, output } = await Server.startAndEnd(variables);
    expect(code).toBe(1);
    expect(output).toContain('MAIL_TEMPLATES: password-changed.txt has {{name}}; known are');
    expect((await check(variables)).code).toBe(3);
  });
});

const check = async (variables: Variables, ...options: string[]) => {
  const place = { directory: temporaryDirectory(), variables };
  const { code, stdout } = await gatehouse(place, ['config', 'check', '--json', ...options]);
  const found = jsonLines<{ about: string; verdict: string; message: string }>(stdout);
  return { code, mail: found.find(({ about }) => about === 'mail') };
};

describe('config check --connect', () => {
  it('logs in to the mail server, and sends nothing', async () => {
    const mails = await MailServer.start();
    const { code, mail } = await check(mails.variables(), '--connect');
    expect([code, mail?.verdict]).toEqual([0, 'ok']);
    expect(mails.logIns).toEqual(['gatehouse']);
    expect(mails.recipientsAsked).toEqual([]);
  });

  it('tells a password that is wrong from a server that is not there', async () => {
    const mails = await MailServer.start();
    const variables = mails.variables();
    const wrong = variables.SMTP_URL.replace(/:[^:@]*@/, ':wrong@');
    const refused = await check({ ...variables, SMTP_URL: wrong }, '--connect');
    expect([refused.code, refused.mail?.verdict]).toEqual([1, 'wrong']);
    expect(refused.mail?.message).toMatch(/^The mail server cannot be used: EAUTH, 535 at AUTH/);
    const nowhere = `smtp://127.0.0.1:${await freePort()}`;
    const absent = await check({ ...variables, SMTP_URL: nowhere }, '--connect');
    expect(absent.mail?.verdict).toBe('unreachable');
    expect(absent.code).not.toBe(0);
  });

  it('finds a server on another machine that offers no TLS', async () => {
    const mails = await MailServer.start({ host: '0.0.0.0' });
    const { mail } = await check(mails.variables(OTHER_HOST), '--connect');
    expect(mail?.verdict).toBe('wrong');
    expect(mails.logIns).toEqual([]);
  });
});

function addressOf(host: string): string {
  return /^[\d.]+$/.test(host) ? `IP:${host}` : `DNS:${host}`;
}
