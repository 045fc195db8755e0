import { Injectable } from '@nestjs/common';
import type { ClientInfo } from '../common/client-info.js';
import { codePointLength } from '../common/code-points.js';
import type {
  Authenticated,
  PasswordPrincipal,
  RenewablePrincipal,
  TokenPrincipal,
} from '../common/principal.js';
import { DomainError } from '../problems/errors.js';
import type { IssuedToken, TokenToUse } from '../tokens/access-token.js';
import { LogIn } from '../tokens/log-in.js';
import { SessionEndings } from '../tokens/session-endings.js';
import { TokenCheck } from '../tokens/token-check.js';
import { TokenRenewal } from '../tokens/token-renewal.js';
import { CredentialsService } from '../users/credentials.service.js';
import { UsersService } from '../users/users.service.js';
import type { BasicCredentials } from './basic-credentials.js';

/** A longer username field of HTTP Basic can only be a token: usernames end at 80 characters. */
const USERNAME_FIELD_MAX_LENGTH = 80;

/** The flows of authentication: login, validate, renew and logout. */
@Injectable()
export class AuthFacade {
  constructor(
    private readonly credentials: CredentialsService,
    private readonly users: UsersService,
    private readonly check: TokenCheck,
    private readonly logIn: LogIn,
    private readonly renewal: TokenRenewal,
    private readonly endings: SessionEndings,
  ) {}

  /**
   * Starts a session for a username and password.
   * @throws DomainError `invalid-login`, `overloaded` or `service-unavailable`
   */
  async login(credentials: BasicCredentials, client: ClientInfo): Promise<IssuedToken> {
    return this.startSession(await this.prove(credentials, client));
  }

  /** The token to use next. @throws DomainError `token-invalid` if the session ended meanwhile */
  async validate(principal: TokenPrincipal): Promise<IssuedToken> {
    return this.renewal.next(principal);
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
   * @param startsSession whether the log-in goes on with `tokenFor`, and is noted there
   * @throws DomainError `invalid-login`, `token-invalid`, `overloaded` or `service-unavailable`
   */
  async authenticateBasic(
    credentials: BasicCredentials,
    client: ClientInfo,
    startsSession: boolean,
  ): Promise<Authenticated<PasswordPrincipal | TokenPrincipal>> {
    if (codePointLength(credentials.username) > USERNAME_FIELD_MAX_LENGTH) {
      return this.check.authenticate(credentials.username, client);
    }
    const principal = await this.prove(credentials, client);
    if (!startsSession) await this.logIn.noteWithoutSession(principal);
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
  ): Promise<PasswordPrincipal> {
    const user = await this.credentials.verify(username, password, client);
    if (!user) throw new DomainError('invalid-login');
    const { id: userId, credentialVersion } = user;
    return { kind: 'password', client, userId, username: user.username, credentialVersion };
  }

  private async startSession(principal: PasswordPrincipal): Promise<IssuedToken> {
    const { userId: id, credentialVersion } = principal;
    return this.logIn.start(principal, (manager) =>
      this.users.confirm(manager, { id, credentialVersion }),
    );
  }
}
