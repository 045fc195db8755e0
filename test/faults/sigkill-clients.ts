import { type Answer, type Client, uniqueName } from '../support/client.js';

const PASSWORD = 'correct horse';

/** What the service does with a request before it is killed: an answer, or nothing that one could know. */
async function answerOf(request: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await request;
  } catch (error) {
    // What fetch throws for a connection that broke; anything else is a failed expectation.
    if ((error as Error).name === 'TypeError') return undefined;
    throw error;
  }
}

function statusAndText({ status, text }: Answer): [number, string] {
  return [status, text];
}

async function registration(client: Client, username: string): Promise<number> {
  return (await client.post('/user', { json: { username, password: PASSWORD } })).status;
}

/** Registers people until the service dies, and holds it to what it answered. */
export class Registrar {
  private registered: string[] = [];
  private unanswered: string[] = [];
  acknowledged = 0;

  async work(client: Client): Promise<void> {
    for (;;) {
      const username = uniqueName();
      const json = { username, password: PASSWORD };
      const answer = await answerOf(client.post('/user', { json }));
      if (!answer) {
        this.unanswered.push(username);
        return;
      }
      expect(statusAndText(answer)).toEqual([201, expect.any(String)]);
      this.registered.push(username);
    }
  }

  /**
   * An account whose client was told 201 is there, and can log in; one whose client heard nothing can register or is there, nothing
   * between. The last one logs in: the others were written before, and a hash takes its time.
   */
  async check(client: Client): Promise<void> {
    for (const username of this.registered) expect(await registration(client, username)).toBe(409);
    for (const username of this.unanswered) {
      expect([201, 409]).toContain(await registration(client, username));
    }
    for (const username of [...this.registered.slice(-1), ...this.unanswered]) {
      await client.login({ username, password: PASSWORD });
    }
    this.acknowledged += this.registered.length;
    this.registered = [];
    this.unanswered = [];
  }
}

/** Renews the token of one account's session until the service dies, and logs out now and then. */
export class Renewer {
  private token: string | undefined;
  private isLeaving = false;
  private renewals = 0;
  private readonly loggedOut: string[] = [];
  acknowledged = 0;

  private constructor(private readonly account: { username: string; password: string }) {}

  static async register(client: Client): Promise<Renewer> {
    return new Renewer(await client.register({ password: PASSWORD }));
  }

  async work(client: Client): Promise<void> {
    while (await this.step(client));
  }

  /** @returns whether the service still answered */
  private async step(client: Client): Promise<boolean> {
    if (this.token === undefined) return this.logIn(client);
    this.isLeaving = ++this.renewals % 10 === 0;
    return this.isLeaving ? this.logOut(client, this.token) : this.renew(client, this.token);
  }

  private async logIn(client: Client): Promise<boolean> {
    const { username, password } = this.account;
    const json = { username, password };
    const answer = await answerOf(client.post('/authenticate_user', { json }));
    if (!answer) return false;
    expect(statusAndText(answer)).toEqual([200, expect.any(String)]);
    this.token = String(answer.body.token);
    return true;
  }

  private async renew(client: Client, bearer: string): Promise<boolean> {
    const answer = await answerOf(client.post('/renew_token', { bearer }));
    if (!answer) return false;
    expect(statusAndText(answer)).toEqual([200, expect.any(String)]);
    this.token = String(answer.body.token);
    this.acknowledged++;
    return true;
  }

  private async logOut(client: Client, bearer: string): Promise<boolean> {
    const answer = await answerOf(client.post('/logout', { bearer }));
    if (!answer) return false;
    expect(statusAndText(answer)).toEqual([200, expect.any(String)]);
    this.loggedOut.push(bearer);
    this.token = undefined;
    this.isLeaving = false;
    return true;
  }

  /** The newest token that was answered still works, and none does whose log-out was. */
  async check(client: Client): Promise<void> {
    for (const bearer of this.loggedOut.slice(-3)) {
      expect(await client.accepts(bearer)).toBe(false);
      expect((await client.post('/renew_token', { bearer })).status).toBe(401);
    }
    if (this.token === undefined) return;
    const bearer = this.token;
    // A log-out that was not answered may have ended the session's row and not yet its tokens.
    if (!this.isLeaving) expect(await client.accepts(bearer)).toBe(true);
    const renewed = await client.post('/renew_token', { bearer });
    expect(this.isLeaving ? [200, 401] : [200]).toContain(renewed.status);
    expect(await client.accepts(bearer)).toBe(renewed.status === 200);
    this.token = renewed.status === 200 ? String(renewed.body.token) : undefined;
  }

  /** No log-out of the whole run came back. */
  async checkEveryLogOut(client: Client): Promise<void> {
    for (const token of this.loggedOut) expect(await client.accepts(token)).toBe(false);
  }
}
