import { Injectable } from '@nestjs/common';
import { Env } from '../../config/env.js';
import { isMadeOf, isPattern } from './guessable-password.js';

const PRODUCT_NAME = 'gatehouse';

/** Shorter parts of the public host, such as www and com, are not the name of a service. */
const SHORTEST_WORD = 4;

/**
 * Refuses passwords that are guessed first (NIST SP 800-63B-4 §3.1.1.2; OWASP ASVS 6.2.4, 6.2.11 and
 * 6.2.12): the common ones of breaches, and the names of the account and of the service.
 */
@Injectable()
export class CommonPasswords {
  private readonly serviceWords: readonly string[];
  private loading: Promise<ReadonlySet<string>> | undefined;

  constructor(private readonly env: Env) {
    const host = new URL(env.publicUrl).hostname;
    const parts = host.split('.').filter((part) => part.length >= SHORTEST_WORD);
    this.serviceWords = [PRODUCT_NAME, host, ...parts];
  }

  /**
   * Why the password is too easy to guess, as the end of "password …"; undefined if it is not, or
   * if PASSWORD_BLOCKLIST is off. All of it is compared, in any case of its letters, after NFC.
   */
  async faultOf(password: string, username: string): Promise<string | undefined> {
    if (!this.env.PASSWORD_BLOCKLIST) return undefined;
    const folded = password.normalize('NFC').toLowerCase();
    if (isMadeOf(username, folded)) return 'must be more than the username';
    if (this.serviceWords.some((word) => isMadeOf(word, folded))) {
      return 'must be more than the name of this service';
    }
    // The list leaves patterns out, because its makers recognise them otherwise.
    const isCommon = isPattern(folded) || (await this.list()).has(folded);
    return isCommon ? 'is one of the most common ones, which are guessed first' : undefined;
  }

  /** The first caller that needs it waits some 70 ms; it is large, and most instances only log people in. */
  private list(): Promise<ReadonlySet<string>> {
    const { PASSWORD_MIN_LENGTH } = this.env;
    return (this.loading ??= import('@zxcvbn-ts/language-common').then(({ dictionary }) => {
      const passwords = dictionary['passwords-common'];
      return new Set(passwords.filter(({ length }) => length >= PASSWORD_MIN_LENGTH));
    }));
  }
}
