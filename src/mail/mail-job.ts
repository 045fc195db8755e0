import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { LogThrottle } from '../common/log-throttle.js';
import { BackgroundJobs } from '../config/background-jobs.js';
import { Env } from '../config/env.js';
import { Metrics } from '../metrics/metrics.js';
import { MailDelivery } from './mail-delivery.js';
import type { MailDetails } from './mail-kinds.js';
import { MailLimits } from './mail-limits.js';
import { MailRows, type ClaimedMail } from './mail-rows.js';
import { hashesOf, makeSecrets, type MailSecretTexts } from './mail-secret-text.js';
import type { TemplateValues } from './mail-templates.js';
import { smtpFault, type SmtpFault } from './smtp-fault.js';

const INTERVAL_MS = 5_000;

/**
 * Mails that are sent at the same time, each over a connection of its own. One of these lanes is for those that were
 * not tried yet: repeats to a recipient at whom a server stalls keep no other mail waiting.
 */
const LANES = 4;

const HOUR_MS = 3600 * 1000;
const DAY_MS = 24 * HOUR_MS;

/** The first pause after a failure, and the longest. Each one is three times as long as the one before. */
const PAUSES_MS = {
  // It comes back soon.
  'no-server': { first: 5_000, longest: 300_000 },
  // A server that refuses a mail will hardly take it later.
  refused: { first: 5_000, longest: 3 * HOUR_MS },
  // It may have been taken each time, and a recipient gets three in the first hour.
  unanswered: { first: 600_000, longest: 3 * HOUR_MS },
};
const PRUNING_INTERVAL_MS = 3600 * 1000;

/** A mail is done a day after it was wanted, and stays for another one. */
const KEPT_MS = 2 * DAY_MS;
const REMOVED_AT_ONCE = 500;

const FAILURE_LOG_MS = 60_000;

/** Words of a mail for the types of second factors. */
const FACTOR_NAMES: Record<string, string> = { totp: 'authenticator app' };

/**
 * Sends the mails of the outbox, each by one instance. If the mail server does not take one, it is tried again for a
 * day, with pauses of seconds at first. Without `SMTP_URL` it does nothing in production.
 */
@Injectable()
export class MailJob implements OnModuleInit {
  private readonly logger = new Logger('Mail');
  private readonly failures = new LogThrottle(FAILURE_LOG_MS);
  private endPauses: (() => void)[] = [];

  constructor(
    private readonly env: Env,
    private readonly rows: MailRows,
    private readonly limits: MailLimits,
    private readonly delivery: MailDelivery,
    private readonly jobs: BackgroundJobs,
    private readonly metrics: Metrics,
  ) {}

  onModuleInit(): void {
    if (!this.env.sendsMail) return;
    this.metrics.watchMails(() => this.rows.countWaiting());
    this.endPauses = Array.from({ length: LANES }, (_, lane) =>
      this.jobs.repeatApart(INTERVAL_MS, (signal) => this.sendDue(signal, lane === 0)),
    );
    // The first time at once: a process need not live for an hour.
    const pruningMs = (time: number) => (time === 0 ? 0 : PRUNING_INTERVAL_MS);
    this.jobs.repeat(pruningMs, (signal) => this.prune(signal));
  }

  /**
   * Has the mails that are due sent soon: a moment later, so that the sending does not slow the answer of the request
   * that wanted one, and its time does not tell whether there is one.
   */
  wake(): void {
    const wakeAll = () => {
      for (const endPause of this.endPauses) endPause();
    };
    setTimeout(wakeAll, 50 + 200 * Math.random()).unref();
  }

  /** @param isForUntried whether only mails are sent that were not tried yet */
  private async sendDue(stopping: AbortSignal, isForUntried: boolean): Promise<void> {
    try {
      while (!stopping.aborted && (await this.rows.areDue())) {
        const outcome = await this.sendOne(stopping, isForUntried);
        // Without a server the others would be tried in vain.
        if (outcome !== 'done') return;
      }
    } catch (error) {
      this.logger.warn(`Mails stay for now: ${String(error)}`);
    }
  }

  private async sendOne(
    stopping: AbortSignal,
    isForUntried: boolean,
  ): Promise<'none' | 'done' | 'no-server'> {
    const secrets = makeSecrets();
    const mail = await this.rows.claim(hashesOf(secrets), isForUntried);
    if (!mail) return 'none';
    if (mail.isVoid || !(await this.isWithinLimits(mail))) {
      await this.rows.drop(mail);
      this.metrics.mail(mail.isVoid ? 'void' : 'limited');
      return 'done';
    }
    try {
      const { kind, recipient } = mail;
      await this.delivery.send({ kind, recipient, values: this.valuesOf(mail, secrets) }, stopping);
    } catch (error) {
      const fault = smtpFault(error);
      await this.tryLater(mail, fault);
      return fault.kind === 'no-server' ? 'no-server' : 'done';
    }
    this.metrics.mail('sent');
    await this.rows.finish(mail);
    return 'done';
  }

  /** Counts a mail when it is first to be sent. @throws DomainError `service-unavailable` */
  private async isWithinLimits(mail: ClaimedMail): Promise<boolean> {
    if (mail.attempts > 1) return true;
    try {
      return await this.limits.admit(mail);
    } catch (error) {
      await this.rows.postpone(mail, Date.now() + INTERVAL_MS, 0);
      throw error;
    }
  }

  private async tryLater(mail: ClaimedMail, { kind, reason }: SmtpFault): Promise<void> {
    this.metrics.mail(kind === 'refused' ? 'refused' : 'failed');
    const { first, longest } = PAUSES_MS[kind];
    const pauseMs = Math.min(first * 3 ** (mail.attempts - 1), longest);
    const dueAtMs = Date.now() + pauseMs * (0.75 + 0.5 * Math.random());
    const about = `mail ${mail.id} (${mail.kind}, attempt ${mail.attempts}): ${reason}`;
    if (dueAtMs < mail.createdAtMs + DAY_MS) {
      await this.rows.postpone(mail, Math.round(dueAtMs));
      this.failures.report((note) => this.logger.warn(`Not sent for now: ${about}${note}`));
    } else {
      await this.rows.drop(mail);
      this.metrics.mail('given_up');
      this.logger.error(`Given up after a day: ${about}`);
    }
  }

  private valuesOf({ kind, details }: ClaimedMail, secrets: MailSecretTexts): TemplateValues {
    const { publicUrl } = this.env;
    const page = `${publicUrl}/account`;
    const values = { service: new URL(publicUrl).host, account_url: page, ...wordsOf(details) };
    switch (kind) {
      case 'verify-address':
        return { ...values, link: `${page}#verify=${secrets.token}`, code: secrets.code };
      case 'reset-password':
        return { ...values, link: `${page}#reset=${secrets.token}`, code: secrets.code };
      default:
        return values;
    }
  }

  private async prune(signal: AbortSignal): Promise<void> {
    try {
      const oldestMs = Date.now() - KEPT_MS;
      while (
        !signal.aborted &&
        (await this.rows.removeSome(oldestMs, REMOVED_AT_ONCE)) === REMOVED_AT_ONCE
      );
    } catch (error) {
      this.logger.warn(`Old mails stay for now: ${String(error)}`);
    }
  }
}

function wordsOf({ username, factorName, factorTypes, newAddress }: MailDetails): TemplateValues {
  const factors = factorTypes?.map((type) => FACTOR_NAMES[type] ?? type).join(', ');
  return {
    username: username ?? '',
    factor: factorName ?? '',
    factors: factors === undefined || factors === '' ? 'none' : factors,
    new_address: newAddress ?? '',
  };
}
