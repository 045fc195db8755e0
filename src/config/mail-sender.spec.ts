import { faultsOf } from '../../test/support/configuration-faults.js';
import { parseSender } from './mail-sender.js';

describe('MAIL_FROM', () => {
  it('is an address, with a name before it or without', () => {
    expect(parseSender('accounts@example.com')).toEqual({
      ...{ name: '', address: 'accounts@example.com' },
    });
    expect(parseSender('Bücher & Co. <accounts@example.com>')).toEqual({
      ...{ name: 'Bücher & Co.', address: 'accounts@example.com' },
    });
    expect(parseSender('root@localhost')?.address).toBe('root@localhost');
  });

  it.each([
    ...['', 'Example', 'a@b, c@d', 'a@b;c@d', '<a@b> <c@d>', 'A <a@b>, C <c@d>', 'a@b@c', 'a b@c'],
    ...[
      'Example\r\nBcc: c@d <a@b>',
      'a@b\r\nBcc: c@d',
      'group: a@b;',
      '"x" <a@b>',
      'ü@example.com',
    ],
  ])('is not %j', (text) => {
    expect(parseSender(text)).toBeUndefined();
  });

  it('is needed with SMTP_URL', () => {
    expect(faultsOf({ SMTP_URL: 'smtp://mail.example.com' })).toEqual([
      'MAIL_FROM is needed with SMTP_URL: whom mails come from, such as accounts@example.com',
    ]);
  });
});
