import type { Answer, Client, RequestOptions } from '../support/client.js';
import { basicOf, type RegisteredClient } from '../support/oauth.js';
import type { Kind, LoadRecord } from './load-record.js';

/** Asks, and records what was answered. */
export type Ask = (kind: Kind, send: () => Promise<Answer>, known?: Known) => Promise<Answer>;

/** What is known of a request, and goes into the record. */
export interface Known {
  /** What was presented, or asked about. */
  token?: string;
  username?: string;
  /** Whether the token has to be honoured. */
  isLive?: () => boolean;
}

interface Credential {
  /** An API key, or a client's token. */
  text: string;
  isKey: boolean;
  /** Its end was asked for. */
  isLeaving: boolean;
}

/** How many keys and how many tokens are kept; the oldest are revoked. */
const KEPT = 5;

/** Requests of programs: with API keys, and with tokens that clients get for themselves. */
export class MachineLoad {
  private credentials: Credential[] = [];
  private readonly revoked: { text: string; atMs: number }[] = [];
  private turn = 0;

  constructor(
    private readonly client: Client,
    private readonly registered: RegisteredClient,
    private readonly ask: Ask,
  ) {}

  /** @param known of the session whose token asks for the key */
  async makeKey(bearer: string, known: Known): Promise<void> {
    const json = { name: 'a program' };
    const { status, body } = await this.ask(
      'makeKey',
      () => this.client.post('/user/keys', { bearer, json }),
      known,
    );
    if (status === 201) this.keep(body.key as string, true);
  }

  async getToken(): Promise<void> {
    const form = { grant_type: 'client_credentials' };
    const { status, body } = await this.ask('getToken', () => this.post('/oauth/token', form));
    if (status === 200) this.keep(body.access_token as string, false);
  }

  /** Presents a credential; and the last one that was revoked, which has to be refused. */
  async present(): Promise<void> {
    const credential = this.next();
    const left = this.revoked.at(-1);
    if (credential) {
      const { text } = credential;
      const isLive = liveness(credential);
      await this.ask('present', () => this.validate(text), { token: text, isLive });
    }
    if (left) await this.ask('present', () => this.validate(left.text), { token: left.text });
  }

  /** Asks whether a credential is live, as an API does. */
  async introspect(): Promise<void> {
    const credential = this.next();
    if (!credential) return;
    const { text: token } = credential;
    const isLive = liveness(credential);
    await this.ask('introspect', () => this.introspection(token), { token, isLive });
  }

  /** Ends the oldest key, or token, once there are enough. */
  async revoke(): Promise<void> {
    const oldest = [true, false].flatMap((isKey) => {
      const ofKind = this.credentials.filter((credential) => credential.isKey === isKey);
      return ofKind.length > KEPT ? [ofKind[0]!] : [];
    });
    for (const credential of oldest) {
      const { text: token, isKey } = credential;
      credential.isLeaving = true;
      const { status } = await this.ask(
        'revoke',
        () =>
          isKey
            ? this.client.post('/oauth/revoke', { form: { client_id: 'gatehouse', token } })
            : this.post('/oauth/revoke', { token }),
        { token },
      );
      // Otherwise it is asked for again.
      if (status !== 200) continue;
      this.revoked.push({ text: token, atMs: performance.now() });
      this.credentials = this.credentials.filter((each) => each !== credential);
    }
  }

  /** What was revoked is refused, ever since. */
  async expectRevoked(
    record: LoadRecord,
    recent: number,
    statusOf: (ask: () => Promise<Answer>) => Promise<number>,
  ): Promise<void> {
    for (const { text, atMs } of this.revoked.slice(-recent)) {
      record.expectRefusedSince(atMs, text);
      expect(await statusOf(() => this.validate(text))).toBe(401);
      expect(await statusOf(() => this.introspection(text))).toBe(401);
    }
  }

  private keep(text: string, isKey: boolean): void {
    this.credentials.push({ text, isKey, isLeaving: false });
  }

  private next(): Credential | undefined {
    return this.credentials[this.turn++ % this.credentials.length];
  }

  private validate(bearer: string): Promise<Answer> {
    return this.client.post('/validate_token', { bearer });
  }

  /** As if an API had asked: 401 if the token is not active. */
  private async introspection(token: string): Promise<Answer> {
    const answer = await this.post('/oauth/introspect', { token });
    return answer.body?.active === false ? { ...answer, status: 401 } : answer;
  }

  private post(path: string, form: NonNullable<RequestOptions['form']>): Promise<Answer> {
    return this.client.post(path, { basic: basicOf(this.registered), form });
  }
}

/**
 * Whether a credential has to be honoured, to be asked once the answer is there. The database has the keys, so that they
 * outlive whatever happens to Redis. A client's token does not: no row can vouch for it after a restart.
 */
function liveness(credential: Credential): () => boolean {
  return () => credential.isKey && !credential.isLeaving;
}
