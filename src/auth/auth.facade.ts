import { Injectable } from '@nestjs/common';
import type { Access } from '../common/access.decorators.js';
import type { ClientInfo } from '../common/client-info.js';
import { codePointLength } from '../common/code-points.js';
import type {
  Authenticated,
  BearerPrincipal,
  PasswordPrincipal,
  RenewablePrincipal,
  TokenPrincipal,
} from '../common/principal.js';
import { SecondStep } from '../factors/second-step.js';
import { DomainError } from '../problems/errors.js';
import type { IssuedToken, TokenToUse } from '../tokens/access-token.js';
import { hasKeyForm } from '../tokens/api-key-text.js';
import { BY_PASSWORD } from '../tokens/authentication-methods.js';
import { LogIn } from '../tokens/log-in.js';
import { SessionEndings } from '../tokens/session-endings.js';
import { TokenRenewal } from '../tokens/token-renewal.js';
import { CredentialsService } from '../users/credentials.service.js';
import type { User } from '../users/user.entity.js';
import { UsersService } from '../users/users.service.js';
import type { BasicCredentials } from './basic-credentials.js';
import { BearerCheck } from './bearer-check.js';

/** A longer username field of HTTP Basic can only be a token: usernames end at 80 characters, and none is like a key. */
const USERNAME_FIELD_MAX_LENGTH = 80;

const NOT_WITH_A_PASSWORD =
  'This account has a second factor: programs send an API key as the username, in place of the password';

type ProvedUser = Pick<User, 'id' | 'username' | 'credentialVersion' | 'factors'>;

/** The flows of authentication: login, validate, renew and logout. */
@Injectable()
export class AuthFacade {
  constructor(
    private readonly credentials: CredentialsService,
    private readonly secondStep: SecondStep,
    private readonly users: UsersService,
    private readonly check: BearerCheck,
    private readonly logIn: LogIn,
    private readonly renewal: TokenRenewal,
    private readonly endings: SessionEndings,
  ) {}

  /**
   * Starts a session for a username and password.
   * @throws DomainError `invalid-login`; `second-factor-required`, with a challenge, if the account has a second factor;
   *   `too-many-attempts`, `overloaded` or `service-unavailable`
   */
  async login(credentials: BasicCredentials, client: ClientInfo): Promise<IssuedToken> {
    const user = await this.prove(credentials, client);
    if (user.factors > 0) throw await this.secondStep.demand(user);
    return this.startSession(principalOf(user, client));
  }

  /**
   * Starts a session for a challenge and a code of a second factor.
   * @throws DomainError `challenge-invalid`, `code-invalid`, `too-many-attempts` or `service-unavailable`
   */
  async verify(challenge: string, code: string, client: ClientInfo): Promise<IssuedToken> {
    return this.secondStep.finish(challenge, code, client);
  }

  /**
   * The token to use next. A key is its own; so is a client's token, because the client asks for another.
   * @throws DomainError `token-invalid` if the session ended meanwhile
   */
  async validate(principal: BearerPrincipal): Promise<string> {
    if (principal.kind === 'key') return principal.key.text;
    if (principal.kind === 'client') return principal.token.text;
    return (await this.renewal.next(principal)).token;
  }

  /** Replaces a token. @throws DomainError `token-invalid` or `service-unavailable` */
  async renew(principal: RenewablePrincipal): Promise<TokenToUse> {
    return this.renewal.renew(principal);
  }

  /** Ends the session of a token. @throws DomainError `token-invalid` or `service-unavailable` */
  async logout(principal: RenewablePrincipal): Promise<void> {
    await this.endings.logOut(principal);
  }

  /**
   * Who presents these Basic credentials: `username:password`, or a live token as the username.
   * @param access the route's rule: where a password starts a session, the log-in goes on with `tokenFor`, and is
   *   noted there
   * @throws DomainError `invalid-login`, `token-invalid`, `overloaded` or `service-unavailable`
   */
  async authenticateBasic(
    credentials: BasicCredentials,
    client: ClientInfo,
    access: Access,
  ): Promise<Authenticated> {
    const { username } = credentials;
    if (codePointLength(username) > USERNAME_FIELD_MAX_LENGTH || hasKeyForm(username)) {
      // These routes change nothing.
      return this.check.authenticate(username, client, access, false);
    }
    const user = await this.prove(credentials, client);
    if (user.factors > 0) {
      await this.logIn.refuseWithoutFactor({ userId: user.id, client });
      throw new DomainError('invalid-login', { detail: NOT_WITH_A_PASSWORD });
    }
    const principal = principalOf(user, client);
    if (!access.startsSession) await this.logIn.noteWithoutSession(principal);
    return { principal };
  }

  /** A token for a caller that authenticated with Basic: of a new session, or the next of the token's own. */
  async tokenFor(principal: PasswordPrincipal | TokenPrincipal): Promise<IssuedToken> {
    return principal.kind === 'token'
      ? this.renewal.next(principal, 'next')
      : this.startSession(principal);
  }

  private async prove(
    { username, password }: BasicCredentials,
    client: ClientInfo,
  ): Promise<ProvedUser> {
    const user = await this.credentials.verify(username, password, client);
    if (!user) throw new DomainError('invalid-login');
    return user;
  }

  private async startSession(principal: PasswordPrincipal): Promise<IssuedToken> {
    const { userId: id, credentialVersion } = principal;
    return this.logIn.start({ ...principal, amr: BY_PASSWORD }, (manager) =>
      this.users.confirm(manager, { id, credentialVersion, factors: 0 }),
    );
  }
}

/** Somebody whose account asks for no more than the password. */
function principalOf(
  { id: userId, username, credentialVersion }: ProvedUser,
  client: ClientInfo,
): PasswordPrincipal {
  return { kind: 'password', client, userId, username, credentialVersion };
}
