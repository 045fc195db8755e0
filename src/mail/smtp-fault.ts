/** What the library says of a failure. */
interface SmtpError extends Error {
  readonly code?: string;
  readonly command?: string;
  readonly responseCode?: number;
}

/** Commands that are about one mail: a server that refuses one may take the next mail. */
const OF_A_MAIL = ['MAIL FROM', 'RCPT TO', 'DATA'];

/** The whole mail was sent, and the server did not say whether it took it. */
export class UnansweredMail extends Error {
  constructor(cause: unknown) {
    super('The server did not say whether it took the mail', { cause });
  }
}

/** Why a mail was not taken, as far as that is known. */
export interface SmtpFault {
  /** What failed: the server refused this mail; it may have taken it; or there is none that would take any. */
  readonly kind: 'refused' | 'unanswered' | 'no-server';
  /** For the log: without addresses, which servers like to repeat. */
  readonly reason: string;
}

/** Whether the server answered, however, at the failure. */
export function hasAnswer(error: unknown): boolean {
  return (error as SmtpError).responseCode !== undefined;
}

export function smtpFault(error: unknown): SmtpFault {
  if (error instanceof UnansweredMail) {
    const { reason } = smtpFault(error.cause);
    return { kind: 'unanswered', reason: `${reason}, after the whole mail` };
  }
  const { code = 'failed', command, responseCode, message } = error as SmtpError;
  if (responseCode !== undefined) {
    // 421 (RFC 5321 §3.8): the server ends the connection, at whatever command.
    const isRefusal = responseCode !== 421 && OF_A_MAIL.includes(command ?? '');
    const reason = `${code}, ${responseCode} at ${command ?? 'some command'}`;
    return { kind: isRefusal ? 'refused' : 'no-server', reason };
  }
  return code === 'EENVELOPE' || code === 'EMESSAGE'
    ? { kind: 'refused', reason: code }
    : { kind: 'no-server', reason: `${code}, ${oneLine(message)}` };
}

function oneLine(text: string): string {
  return text.replace(/[\s\p{Cc}]+/gu, ' ').slice(0, 200);
}
