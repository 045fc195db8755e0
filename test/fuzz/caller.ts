import { claimsOf, uniqueName, type Account, type Answer } from '../support/client.js';
import type { Server } from '../support/server.js';
import { newKey, type MadeKey } from '../support/keys.js';
import { clientToken, registerClient, type RegisteredClient } from '../support/oauth.js';
import { forge, nowSeconds } from '../support/tokens.js';
import { exchange } from './exchange.js';
import type { Authorization, Header } from './headers.js';
import { SCOPE, type Slot } from './meanings.js';
import type { FuzzRequest } from './requests.js';

/** Somebody with an account and a session, made again whenever a request ended them. */
export class Caller {
  private account: Account | undefined;
  private token = '';
  private key: MadeKey | undefined;
  private registered: RegisteredClient | undefined;
  private clientToken: string | undefined;

  constructor(private readonly server: Server) {}

  /** Sends a request in this person's name. */
  async send(method: string, request: FuzzRequest): Promise<Answer> {
    const slots = await this.slots();
    const fill = (text: string, escape: (value: string) => string = String) =>
      text
        .replace(/\{\{(\d+)\*([^]*?)\}\}/g, (_, count, unit: string) => unit.repeat(Number(count)))
        .replace(/\{\{(\w+)\}\}/g, (whole, name) =>
          name in slots ? escape(slots[name as Slot]) : whole,
        );
    const { authorization, body } = request;
    // As bytes, because a body need not be text.
    const content = body && Buffer.from(fill(latin1(body.content), inJson), 'latin1');
    const answer = await exchange({
      port: this.server.port,
      method,
      target: fill(request.target, encodeURIComponent),
      headers: [
        ...request.headers.map(([name, value]): Header => [name, fill(value)]),
        ...(authorization ? [written(authorization, fill(authorization.credentials))] : []),
      ],
      body: body && content && { ...body, content },
    });
    this.learn(answer, content);
    return answer;
  }

  private async slots(): Promise<Record<Slot, string>> {
    const { id, username, password } = await this.present();
    const { token } = this;
    const key = await this.liveKey();
    const { client_id, client_secret, token: clientToken } = await this.machine();
    return {
      ...{ token, username, password, id: String(id), session: String(claimsOf(token).sid) },
      ...{ key: key.key, keyId: key.id },
      ...{ clientId: client_id, clientSecret: client_secret, clientToken },
      expired: forge(token, { claims: { exp: nowSeconds() - 3600 } }),
      recent: forge(token, { claims: { exp: nowSeconds() - 10 } }),
    };
  }

  /** A key of the account, made again when a request deleted it. */
  private async liveKey(): Promise<MadeKey> {
    const { client } = this.server;
    if (this.key) {
      const { status } = await client.get('/auth/verify', { bearer: this.key.key });
      if (status === 200) return this.key;
    }
    return (this.key = await newKey(client, this.token));
  }

  /** A client, with a live token. */
  private async machine(): Promise<RegisteredClient & { token: string }> {
    const { client } = this.server;
    this.registered ??= await registerClient(this.server, ['--introspect', '--scope', SCOPE]);
    if (this.clientToken) {
      const { status } = await client.get('/auth/verify?clients=true', {
        bearer: this.clientToken,
      });
      if (status === 200) return { ...this.registered, token: this.clientToken };
    }
    this.clientToken = await clientToken(client, this.registered);
    return { ...this.registered, token: this.clientToken };
  }

  /** The account, with a live session. */
  private async present(): Promise<Account> {
    const { client } = this.server;
    if (this.account) {
      const own = await client.get('/user', { bearer: this.token });
      if (own.status === 200)
        return (this.account = { ...this.account, username: own.body.user.username as string });
      const { username, password } = this.account;
      const login = await client.post('/authenticate_user', { json: { username, password } });
      if (login.status === 200) {
        this.token = login.body.token as string;
        return this.account;
      }
    }
    const { token, ...account } = await client.newSession({ username: uniqueName('fuzz') });
    this.token = token;
    return (this.account = account);
  }

  /** What an answer said about the session to go on with, and about a new password. */
  private learn({ status, body }: Answer, sent: Buffer | undefined): void {
    const token: unknown = body?.token;
    if (status !== 200 || typeof token !== 'string' || !this.account) return;
    // A key is no token to go on with.
    if (token === this.key?.key) return;
    if (claimsOf(token).sub !== String(this.account.id)) return;
    this.token = token;
    const password = passwordIn(sent);
    if (password !== undefined) this.account = { ...this.account, password };
  }
}

function passwordIn(sent: Buffer | undefined): string | undefined {
  try {
    return (JSON.parse(String(sent)) as { password?: string }).password;
  } catch {
    // A body that a GET carried and no one read.
    return undefined;
  }
}

/** As it stands between the quotes of a JSON text. */
function inJson(text: string): string {
  return latin1(JSON.stringify(text).slice(1, -1));
}

function written({ scheme, coding, altered }: Authorization, credentials: string): Header {
  const changed = altered
    ? credentials.slice(0, altered.at) + altered.character + credentials.slice(altered.at + 1)
    : credentials;
  const text =
    coding === 'base64'
      ? Buffer.from(changed).toString('base64')
      : // A header carries no controls.
        latin1(changed).replace(/[\0-\x1f\x7f]/g, '');
  return ['Authorization', `${scheme} ${text}`];
}

/** UTF-8, or any bytes, with a character for each. */
function latin1(content: string | Uint8Array): string {
  return Buffer.from(content as string).toString('latin1');
}
