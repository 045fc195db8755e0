import { Injectable } from '@nestjs/common';
import { AuditService } from '../audit/audit.service.js';
import type { ClientInfo } from '../common/client-info.js';
import { codePointLength } from '../common/code-points.js';
import { DomainError } from '../common/errors.js';
import type { PasswordPrincipal, RenewablePrincipal, TokenPrincipal } from '../common/principal.js';
import { loginOutcomeOf } from '../metrics/labels.js';
import { Metrics } from '../metrics/metrics.js';
import type { IssuedToken } from '../tokens/access-token.js';
import { SessionService } from '../tokens/session.service.js';
import { TokenService } from '../tokens/token.service.js';
import { CredentialsService } from '../users/credentials.service.js';
import { UsersService } from '../users/users.service.js';
import type { BasicCredentials } from './basic-credentials.js';

/** A longer username field of HTTP Basic is a token or nothing: usernames end at 80 characters. */
const USERNAME_FIELD_MAX_LENGTH = 80;

/** The flows of authentication: login, validate, renew and logout. */
@Injectable()
export class AuthFacade {
  constructor(
    private readonly credentials: CredentialsService,
    private readonly users: UsersService,
    private readonly tokens: TokenService,
    private readonly sessions: SessionService,
    private readonly audit: AuditService,
    private readonly metrics: Metrics,
  ) {}

  /**
   * Starts a session for a username and password.
   * @throws DomainError `invalid-login`, `overloaded` or `service-unavailable`
   */
  async login(credentials: BasicCredentials, client: ClientInfo): Promise<IssuedToken> {
    return this.startSession(await this.prove(credentials, client));
  }

  /** The token to use next. @throws DomainError `token-invalid` where the session ended meanwhile */
  async validate(principal: TokenPrincipal): Promise<IssuedToken> {
    return this.tokens.next(principal);
  }

  /** Replaces a token. @throws DomainError `token-invalid` or `service-unavailable` */
  async renew(principal: RenewablePrincipal): Promise<IssuedToken> {
    return this.tokens.renew(principal);
  }

  /** Ends the session of a token. @throws DomainError `token-invalid` or `service-unavailable` */
  async logout(principal: RenewablePrincipal): Promise<void> {
    await this.tokens.logout(principal);
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
  ): Promise<PasswordPrincipal | TokenPrincipal> {
    if (codePointLength(credentials.username) > USERNAME_FIELD_MAX_LENGTH) {
      return this.tokens.authenticate(credentials.username, client);
    }
    const principal = await this.prove(credentials, client);
    if (!startsSession) await this.noteAccess(principal);
    return principal;
  }

  /** A token for whoever authenticated with Basic: of a new session, or the next of the token's own. */
  async tokenFor(principal: PasswordPrincipal | TokenPrincipal): Promise<IssuedToken> {
    return principal.kind === 'token' ? this.tokens.next(principal) : this.startSession(principal);
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

  /** Notes that a password opened a resource without a session. */
  private async noteAccess({ userId, client }: PasswordPrincipal): Promise<void> {
    await this.counted(() => this.audit.recordAlone({ type: 'login.succeeded', userId, client }));
  }

  private async startSession(principal: PasswordPrincipal): Promise<IssuedToken> {
    const { userId: id, credentialVersion } = principal;
    return this.counted(() =>
      this.sessions.start(principal, (manager) =>
        this.users.confirm(manager, { id, credentialVersion }),
      ),
    );
  }

  /** Counts a log-in whose password was right by how its last step ends. */
  private async counted<T>(finish: () => Promise<T>): Promise<T> {
    try {
      const result = await finish();
      this.metrics.login('succeeded');
      return result;
    } catch (error) {
      this.metrics.login(loginOutcomeOf(error));
      throw error;
    }
  }
}
