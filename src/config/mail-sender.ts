/** Whom mails come from. */
export interface MailSender {
  /** Empty if none is given. */
  readonly name: string;
  readonly address: string;
}

const ADDRESS = /^[\w#$&'*+/=?^`{|}~.-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*$/;

/** Reads `ADDRESS`, or `Name <ADDRESS>`; undefined if it is no such text, or more than one address. */
export function parseSender(value: string): MailSender | undefined {
  const [, name, inBrackets] = /^([^<>"@,;:\p{Cc}]*)<([^<>]+)>$/u.exec(value) ?? [];
  const address = inBrackets ?? value;
  const isGood = address.length <= 254 && ADDRESS.test(address);
  return isGood ? { name: (name ?? '').trim(), address } : undefined;
}

/** What is set of mail without what it needs, one line for each fault. */
export function mailFaults(env: {
  readonly SMTP_URL: string | undefined;
  readonly MAIL_FROM: string | undefined;
}): string[] {
  if (env.SMTP_URL === undefined || env.MAIL_FROM !== undefined) return [];
  return ['MAIL_FROM is needed with SMTP_URL: whom mails come from, such as accounts@example.com'];
}
