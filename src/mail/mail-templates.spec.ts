import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigurationError } from '../config/configuration-error.js';
import { MAIL_KINDS } from './mail-kinds.js';
import { MailTemplates, type TemplateValues } from './mail-templates.js';

const VALUES: Required<TemplateValues> = {
  service: 'auth.example.com',
  account_url: 'https://auth.example.com/account',
  username: 'juliet',
  link: 'https://auth.example.com/account#verify=TOKEN',
  code: 'ABCDE-FGHIJ',
  factor: 'my phone',
  factors: 'authenticator app',
  new_address: 'j…@example.com',
};

function folderWith(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-templates-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

function faultsOf(files: Record<string, string>): readonly string[] {
  try {
    MailTemplates.load(folderWith(files));
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message.split('\n');
    throw error;
  }
}

describe('The texts of mails', () => {
  const templates = MailTemplates.load(undefined);

  it.each(MAIL_KINDS)('that ship have a subject, a text and HTML: %s', (kind) => {
    const { subject, text, html } = templates.render(kind, VALUES);
    expect(subject).toMatch(/^[^\n{}]{10,80}$/);
    expect(text).toMatch(/^[^{}]{50,900}$/);
    expect(html).toMatch(/^<!doctype html>[^{}]*<\/html>\n$/);
    for (const part of [text, html]) expect(part).toContain('juliet');
  });

  it('have the link and the code in both forms', () => {
    for (const kind of ['verify-address', 'reset-password'] as const) {
      const { text, html } = templates.render(kind, VALUES);
      expect(text).toContain(`\n${VALUES.link}\n`);
      expect(html).toContain(`<a href="${VALUES.link}">${VALUES.link}</a>`);
      for (const part of [text, html]) expect(part).toContain(VALUES.code);
    }
    expect(templates.render('reset-password', VALUES).text).toContain('authenticator app');
  });

  it.each(MAIL_KINDS)('take no element, line or header from a value: %s', (kind) => {
    const evil = 'x"><script>\'&\r\nBcc: a@b\u2028\u0000{{code}}';
    const names = Object.keys(VALUES) as (keyof TemplateValues)[];
    const { subject, text, html } = templates.render(
      kind,
      Object.fromEntries(names.map((name) => [name, evil])),
    );
    expect(subject).not.toMatch(/[\p{Cc}\u2028]/u);
    expect(text).not.toMatch(/^Bcc/m);
    expect(html).not.toMatch(/<script|^Bcc/m);
    expect(html).toContain('x&quot;&gt;&lt;script&gt;&#39;&amp; Bcc: a@b {{code}}');
  });

  it('are replaced by those of a folder, file by file', () => {
    const folder = folderWith({
      'password-changed.txt': 'Subject: Neues Passwort\r\n\r\nHallo {{ username }}!\r\n',
      'notes.md': 'of no interest',
    });
    const { subject, text, html } = MailTemplates.load(folder).render('password-changed', VALUES);
    expect([subject, text]).toEqual(['Neues Passwort', 'Hallo juliet!\r\n']);
    expect(html).toContain('The password of the account juliet');
  });

  it('of a folder that will not do are named, each with what is wrong', () => {
    const faults = faultsOf({
      'password-change.txt': 'Subject: a\n\nb',
      'password-changed.txt': 'No subject',
      'address-changed.html': '{{new_address}} {{link}}',
      'verify-address.txt': 'Subject: a\n\n{{code}}',
    });
    expect(faults).toEqual([
      'MAIL_TEMPLATES: password-change.txt is of no mail',
      'MAIL_TEMPLATES: verify-address.txt lacks {{link}}',
      'MAIL_TEMPLATES: address-changed.html has {{link}}; known are service, account_url, username, new_address',
      'MAIL_TEMPLATES: password-changed.txt must begin with a line "Subject: …" and an empty one',
    ]);
  });
});
