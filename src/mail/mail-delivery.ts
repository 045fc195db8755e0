import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Env } from '../config/env.js';
import { makeFolder } from '../config/file-faults.js';
import { parseSender } from '../config/mail-sender.js';
import { parseSmtpUrl } from '../config/smtp-url.js';
import type { MailKind } from './mail-kinds.js';
import { MailTemplates, type TemplateValues } from './mail-templates.js';
import { hasAnswer, UnansweredMail } from './smtp-fault.js';
import { smtpOptions } from './smtp-options.js';

/** Where development keeps its mails. */
const FOLDER = 'data/outbox';

/** So long has a server until it has the whole mail: one that stalls at a recipient keeps others waiting. */
const TRANSMISSION_MS = 15_000;

/** So long has it to look at what the mail says, before it takes it. */
const ACCEPTANCE_MS = 60_000;

/** A mail whose text is still to be made. */
export interface OutgoingMail {
  readonly kind: MailKind;
  readonly recipient: string;
  readonly values: TemplateValues;
}

/** Gives mails to the mail server, or writes each to a file if there is none. */
@Injectable()
export class MailDelivery implements OnModuleInit {
  private readonly logger = new Logger('Mail');
  private templates: MailTemplates | undefined;

  constructor(private readonly env: Env) {}

  /** @throws ConfigurationError if `MAIL_TEMPLATES` has texts that will not do */
  onModuleInit(): void {
    // The built-in ones are read when the first mail is sent.
    if (this.env.MAIL_TEMPLATES !== undefined) this.loadTemplates();
  }

  /**
   * Resolves once the server has taken the mail, or the file is written.
   * @param stopping ends the attempt, of which nobody then knows whether it succeeded
   * @throws Error of which `smtpFault` knows more
   */
  async send({ kind, recipient, values }: OutgoingMail, stopping: AbortSignal): Promise<void> {
    const { createTransport } = await import('nodemailer');
    const message = {
      ...(this.templates ?? this.loadTemplates()).render(kind, values),
      from: parseSender(this.env.MAIL_FROM ?? '') ?? {
        name: 'Gatehouse',
        address: 'gatehouse@localhost',
      },
      // An object is one recipient; a text would be a list of them.
      to: { name: '', address: recipient },
      // So that no absence note answers it (RFC 3834 §5).
      headers: { 'Auto-Submitted': 'auto-generated' },
      ...{ disableFileAccess: true, disableUrlAccess: true },
    };
    if (this.env.SMTP_URL === undefined) {
      const transport = createTransport({ streamTransport: true, buffer: true });
      const { message: content } = await transport.sendMail(message);
      await this.writeFile(kind, content as Buffer);
      return;
    }
    const transport = createTransport(smtpOptions(parseSmtpUrl(this.env.SMTP_URL)));
    const ending = new Ending(stopping, TRANSMISSION_MS);
    const progress = { isTransmitted: false };
    transport.use('stream', ({ message: content }, done) => {
      content.processFunc((text) =>
        text.once('end', () => {
          progress.isTransmitted = true;
          ending.extend(ACCEPTANCE_MS);
        }),
      );
      done();
    });
    try {
      await transport.sendMail({ ...message, signal: ending.signal });
    } catch (error) {
      throw progress.isTransmitted && !hasAnswer(error) ? new UnansweredMail(error) : error;
    } finally {
      ending.close();
    }
  }

  private loadTemplates(): MailTemplates {
    this.templates = MailTemplates.load(this.env.MAIL_TEMPLATES);
    return this.templates;
  }

  private async writeFile(kind: MailKind, content: Buffer): Promise<void> {
    makeFolder(resolve(FOLDER));
    const time = new Date().toISOString().replaceAll(':', '-');
    const file = join(FOLDER, `${time}-${randomBytes(3).toString('hex')}-${kind}.eml`);
    await writeFile(file, content, { mode: 0o600, flag: 'wx' });
    this.logger.log(`SMTP_URL is not set: a mail is in ${file}`);
  }
}

/** The end of an attempt: after a deadline, or once `stopping` is aborted. */
class Ending {
  private readonly controller = new AbortController();
  private readonly end = () => this.controller.abort();
  private timer: NodeJS.Timeout;

  constructor(
    private readonly stopping: AbortSignal,
    deadlineMs: number,
  ) {
    this.timer = setTimeout(this.end, deadlineMs);
    if (stopping.aborted) this.end();
    stopping.addEventListener('abort', this.end);
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Begins another deadline in the place of the one before. */
  extend(deadlineMs: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(this.end, deadlineMs);
  }

  close(): void {
    clearTimeout(this.timer);
    this.stopping.removeEventListener('abort', this.end);
  }
}
