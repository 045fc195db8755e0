import { parseSmtpUrl } from '../config/smtp-url.js';
import { smtpOptions } from './smtp-options.js';

const optionsOf = (url: string) => smtpOptions(parseSmtpUrl(url));

describe('The options for a mail server', () => {
  it('let nothing go over a network without TLS', () => {
    const [starttls, start, here] = [
      optionsOf('smtp://user:pass@mail.example.com'),
      optionsOf('smtps://user:pass@mail.example.com'),
      optionsOf('smtp://user:pass@127.0.0.1:25'),
    ];
    expect(starttls).toMatchObject({ secure: false, requireTLS: true, ignoreTLS: false });
    expect(start).toMatchObject({ secure: true, ignoreTLS: false });
    expect(here).toMatchObject({ secure: false, requireTLS: false, ignoreTLS: true });
  });

  it('end each wait within seconds, and open no file or URL', () => {
    const options = optionsOf('smtp://mail.example.com');
    for (const name of ['connectionTimeout', 'greetingTimeout'] as const) {
      expect(options[name]).toBeLessThanOrEqual(10_000);
    }
    expect(options.socketTimeout).toBeLessThanOrEqual(60_000);
    expect(options).toMatchObject({ disableFileAccess: true, disableUrlAccess: true });
    expect(options.auth).toBeUndefined();
  });
});
