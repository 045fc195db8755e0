import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { ClientInfo } from '../common/client-info.js';
import { DomainError, ignoreUnavailable, type ProblemCode } from '../problems/errors.js';
import { LoginThrottle } from '../throttling/login-throttle.js';
import type { IssuedToken } from '../tokens/access-token.js';
import { BY_ONE_TIME_CODE, BY_RECOVERY_CODE } from '../tokens/authentication-methods.js';
import { LogIn } from '../tokens/log-in.js';
import type { UserFacts } from '../tokens/user-facts.js';
import type { User } from '../users/user.entity.js';
import { UsersService } from '../users/users.service.js';
import {
  CHALLENGE_SECONDS,
  challengeHash,
  ChallengeRows,
  isChallenge,
  type Challenged,
} from './challenge-rows.js';
import { FactorCodes, type CodeProof } from './factor-codes.js';
import { FactorRows } from './factor-rows.js';
import { WrongCodes } from './wrong-codes.js';

/** A log-in to an account with second factors: between the right password and the token comes a code. */
@Injectable()
export class SecondStep {
  constructor(
    private readonly challenges: ChallengeRows,
    private readonly factors: FactorRows,
    private readonly codes: FactorCodes,
    private readonly wrongCodes: WrongCodes,
    private readonly users: UsersService,
    private readonly logIn: LogIn,
    private readonly throttle: LoginThrottle,
  ) {}

  /**
   * What a log-in is answered whose password was right: a challenge, with the types of the factors that answer it.
   * @throws DomainError `service-unavailable`
   */
  async demand(account: Pick<User, 'id' | 'credentialVersion'>): Promise<DomainError> {
    const challenge = await this.challenges.begin(account);
    const factors = await this.factors.list(account.id);
    const types = [...new Set(factors.map(({ type }) => type))];
    return new DomainError('second-factor-required', {
      members: { challenge, factors: types, expires_in: CHALLENGE_SECONDS },
    });
  }

  /**
   * Finishes a log-in with a code, and starts its session.
   * @throws DomainError `challenge-invalid`, `code-invalid`, `too-many-attempts` or `service-unavailable`
   */
  async finish(challenge: string, code: string, client: ClientInfo): Promise<IssuedToken> {
    const hash = challengeHash(challenge);
    const account = isChallenge(challenge) ? await this.challenges.find(hash) : undefined;
    if (!account) throw new DomainError('challenge-invalid');
    const attempt = { username: account.username, userId: account.userId, client };
    const proof = await this.codes.prove(attempt, code, { challenge: hash });
    const issued = await this.start(account, hash, proof, client);
    // The log-in is done: an old failure may count on, where it cannot be forgotten now.
    await this.throttle.succeeded(attempt).catch(ignoreUnavailable);
    return issued;
  }

  private async start(
    { userId, username, ...account }: Challenged,
    hash: string,
    proof: CodeProof,
    client: ClientInfo,
  ): Promise<IssuedToken> {
    let refusal: ProblemCode | undefined;
    const refused = (code: ProblemCode): undefined => {
      refusal = code;
      return undefined;
    };
    const confirm = async (manager: EntityManager): Promise<UserFacts | undefined> => {
      // In this order: of two requests with one challenge, the later one spends none of the codes.
      if (!(await this.challenges.live(manager, hash))) {
        refused('challenge-invalid');
        return;
      }
      if (!(await this.codes.use(manager, proof))) {
        refused('code-invalid');
        return;
      }
      const facts = await this.users.confirm(manager, { id: userId, ...account });
      if (!facts) {
        refused('challenge-invalid');
        return;
      }
      await this.challenges.use(manager, hash);
      await this.wrongCodes.noteLogIn(manager, userId);
      return facts;
    };
    try {
      const amr = 'recoveryHash' in proof.used ? BY_RECOVERY_CODE : BY_ONE_TIME_CODE;
      return await this.logIn.start({ userId, username, client, amr }, confirm);
    } catch (error) {
      throw refusal === undefined ? error : new DomainError(refusal);
    }
  }
}
