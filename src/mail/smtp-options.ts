import type { SMTPTransportOptions } from 'nodemailer/lib/smtp-transport';
import type { SmtpAddress } from '../config/smtp-url.js';

/**
 * How the library is to speak with a mail server: over TLS unless it is on this machine, for seconds at the most, and
 * without opening files or URLs that a mail might name.
 */
export function smtpOptions({ host, port, tls, credentials }: SmtpAddress): SMTPTransportOptions {
  return {
    ...{ host, port },
    secure: tls === 'start',
    requireTLS: tls === 'starttls',
    ignoreTLS: tls === 'none',
    ...(credentials && { auth: { user: credentials.user, pass: credentials.password } }),
    ...{
      dnsTimeout: 5_000,
      connectionTimeout: 5_000,
      greetingTimeout: 5_000,
      // `MailDelivery` has shorter limits, which know how far the mail is.
      socketTimeout: 60_000,
    },
    ...{ disableFileAccess: true, disableUrlAccess: true },
  };
}
