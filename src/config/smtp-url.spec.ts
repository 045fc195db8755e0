import { parseSmtpUrl, smtpUrlFault } from './smtp-url.js';

describe('SMTP_URL', () => {
  it('needs STARTTLS on port 587, unless the host is this machine (S106)', () => {
    expect(parseSmtpUrl('smtp://mail.example.com')).toEqual({
      ...{ host: 'mail.example.com', port: 587, tls: 'starttls', credentials: undefined },
    });
    for (const host of ['localhost', '127.0.0.1', '127.8.9.10', '[::1]']) {
      expect(parseSmtpUrl(`smtp://${host}:25`)).toMatchObject({ port: 25, tls: 'none' });
    }
    for (const host of ['10.0.0.1', 'localhost.example.com', '[::2]', '127.0.0.1.example.com']) {
      expect(parseSmtpUrl(`smtp://${host}:25`)).toMatchObject({ port: 25, tls: 'starttls' });
    }
  });

  it('has TLS from the start with smtps, on port 465', () => {
    expect(parseSmtpUrl('smtps://mail.example.com')).toMatchObject({ port: 465, tls: 'start' });
    expect(parseSmtpUrl('smtps://localhost:2465')).toMatchObject({ port: 2465, tls: 'start' });
  });

  it('has a user and a password, which are percent-decoded', () => {
    const { credentials } = parseSmtpUrl(
      'smtp://me%40example.com:p%40ss%2Fw%25rd@mail.example.com',
    );
    expect(credentials).toEqual({ user: 'me@example.com', password: 'p@ss/w%rd' });
  });

  it.each([
    ...['mail.example.com:587', 'http://mail.example.com', 'smtp:mail.example.com', 'smtp://'],
    ...['smtp://mail.example.com/path', 'smtp://mail.example.com?pool=true', 'smtp://a.example#b'],
    ...['smtp://mail.example.com?', 'smtp://mail.example.com:0', 'smtp://a,b.example%20c'],
    ...['smtp://user:100%@mail.example.com', 'smtp://user:a%0d%0aDATA@mail.example.com'],
    ...[
      'smtp://user:a%00b@mail.example.com',
      'smtp://user@mail.example.com',
      'smtp://:pass@a.example',
    ],
  ])('refuses %s, and does not repeat it', (url) => {
    const fault = smtpUrlFault(url);
    expect(fault).toMatch(/^must /);
    expect(fault).not.toContain('mail.example.com');
  });
});
