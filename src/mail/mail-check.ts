import type { Finding } from '../common/finding.js';
import type { Env } from '../config/env.js';
import { parseSmtpUrl } from '../config/smtp-url.js';
import { MailTemplates } from './mail-templates.js';
import { smtpFault } from './smtp-fault.js';
import { smtpOptions } from './smtp-options.js';

/** What waiting does not mend: a user, a password, a certificate, or a server without TLS. */
const REFUSAL = /^(EAUTH|ENOAUTH|ETLS)|certificate|altnames/i;

/**
 * Checks the texts of mails as a start does.
 * @throws ConfigurationError if those in `MAIL_TEMPLATES` will not do
 */
export function checkMailTemplates(env: Env): void {
  if (env.MAIL_TEMPLATES !== undefined) MailTemplates.load(env.MAIL_TEMPLATES);
}

/** Whether the mail server lets the service in, without sending a mail. */
export async function checkMailServer(smtpUrl: string): Promise<Finding[]> {
  const { createTransport } = await import('nodemailer');
  try {
    await createTransport(smtpOptions(parseSmtpUrl(smtpUrl))).verify();
    return [{ verdict: 'ok', message: 'The mail server answers, and lets this user in' }];
  } catch (error) {
    const { reason } = smtpFault(error);
    return REFUSAL.test(reason)
      ? [{ verdict: 'wrong', message: `The mail server cannot be used: ${reason}` }]
      : [{ verdict: 'unreachable', message: `The mail server does not answer: ${reason}` }];
  }
}
