// A strict stand-in for Gatehouse's two routes that verifiers use. A case decides what it answers, and when.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { Watched } from './until.mjs';

export const CLIENT = { clientId: 'gtc_verifier', clientSecret: 'gts_-a_Secret0' };

const BASIC = `Basic ${Buffer.from(`${CLIENT.clientId}:${CLIENT.clientSecret}`).toString('base64')}`;
const MOST_BYTES = 65_536;

/** One request that a case may answer, lose or leave. */
class Held {
  isDone = false;

  constructor(response, reply) {
    this.response = response;
    this.reply = reply;
  }

  /** Answers as the stand-in would at this moment, or with what is given. */
  answer(status, body, headers) {
    this.isDone = true;
    if (status === undefined) this.reply();
    else send(this.response, status, body, headers);
  }

  /** Closes the connection instead. */
  drop() {
    this.isDone = true;
    this.response.socket?.destroy();
  }
}

export class StandIn extends Watched {
  /** Set to hold questions or polls until the case answers them. */
  holdsQuestions = false;
  holdsPolls = false;
  questions = [];
  polls = [];
  /** What a verifier did that it must not. */
  violations = [];
  farewells = [];
  leaseMs;

  #server;
  #answers = new Map();
  #generation = 1;
  #entries = [];
  /** Verifiers' ids, with how far they have acknowledged. */
  #acknowledged = new Map();
  #idle = new Set();

  static async start(leaseMs = 60_000) {
    const standIn = new StandIn();
    standIn.leaseMs = leaseMs;
    standIn.#server = createServer((request, response) => void standIn.#handle(request, response));
    await standIn.listen(0);
    return standIn;
  }

  async listen(port = this.port) {
    this.#server.listen(port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.port = this.#server.address().port;
  }

  /** Ends with every connection cut. */
  async stop() {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  get url() {
    return `http://127.0.0.1:${this.port}`;
  }

  get verifiers() {
    return [...this.#acknowledged.keys()];
  }

  /** Makes a token live. @returns what introspection says of it */
  issue(token, members = {}) {
    const answer = {
      active: true,
      token_type: 'Bearer',
      iss: 'https://id.example.org',
      aud: 'https://id.example.org',
      sub: '1047',
      client_id: 'gatehouse',
      username: 'miguel',
      roles: ['auditor', 'editor'],
      jti: `jti-of-${token}`,
      iat: 1_800_000_000,
      exp: 1_800_086_400,
      lifetime_ms: 86_400_000,
      auth_time: 1_800_000_000,
      amr: ['pwd', 'otp', 'mfa'],
      sid: `sid-of-${token}`,
      ...members,
    };
    this.#answers.set(token, answer);
    return answer;
  }

  revoke(token) {
    this.#answers.delete(token);
  }

  asked(token) {
    return this.questions.filter((question) => question.token === token).length;
  }

  /** The question with that number, from 1, about a token, once it has come. */
  question(token, number = 1) {
    const find = () => this.questions.filter((question) => question.token === token)[number - 1];
    return this.until(find, `question ${number} about ${token}`);
  }

  /** The next poll that comes from now on. */
  nextPoll() {
    const count = this.polls.length;
    return this.until(() => this.polls[count], 'another poll');
  }

  /** Resolves once every verifier has applied all that was told, and holds a lease. */
  settled() {
    return this.until(() => {
      const places = [...this.#acknowledged.values()];
      return places.length > 0 && places.every((place) => place === this.#cursor);
    }, 'a poll that acknowledges everything');
  }

  /** Tells the names; resolves once every verifier has acknowledged. */
  async change(...sids) {
    this.tell(...sids);
    await this.settled();
  }

  tell(...sids) {
    this.#entries.push(...sids);
    this.#wake();
  }

  /** The store is another one: no cursor is known any more. */
  async loseStore() {
    this.#generation += 1;
    this.#entries = [];
    this.#wake();
    await this.settled();
  }

  get #cursor() {
    return `${this.#generation}.${this.#entries.length}`;
  }

  #wake() {
    for (const answerNow of this.#idle) answerNow();
  }

  async #handle(request, response) {
    response.on('error', () => undefined);
    const url = new URL(request.url ?? '', this.url);
    let body = '';
    for await (const chunk of request) {
      body += chunk;
      if (body.length > MOST_BYTES) request.destroy();
    }
    if (request.headers.authorization !== BASIC) {
      this.violations.push(`${request.url}: not authenticated by Basic`);
      send(response, 401, { error: 'invalid_client' });
    } else {
      const route = `${request.method} ${url.pathname}`;
      if (route === 'POST /oauth/introspect') this.#introspect(request, body, response);
      else if (route === 'GET /oauth/changes') this.#poll(url.searchParams, response);
      else if (route === 'DELETE /oauth/changes') this.#giveBack(url.searchParams, response);
      else {
        this.violations.push(`No such route: ${route}`);
        send(response, 404, { error: 'invalid_request' });
      }
    }
    this.changed();
  }

  #introspect({ headers }, body, response) {
    const token = new URLSearchParams(body).getAll('token');
    const isForm = /^application\/x-www-form-urlencoded\s*(;|$)/.test(
      headers['content-type'] ?? '',
    );
    if (!isForm || token.length !== 1 || token[0] === '') {
      this.violations.push(`A question that is no form with one token: ${body}`);
      send(response, 400, { error: 'invalid_request' });
      return;
    }
    // What is true when the question is read.
    const answer = this.#answers.get(token[0]) ?? { active: false };
    const question = new Held(response, () => send(response, 200, answer));
    question.token = token[0];
    this.questions.push(question);
    if (!this.holdsQuestions) question.answer();
  }

  #poll(query, response) {
    const { verifier, after, wait, ...others } = Object.fromEntries(query);
    const names = Object.keys(others);
    if (names.length > 0) this.violations.push(`A poll with unknown parameters: ${names.join()}`);
    if (!/^\d+$/.test(wait ?? '')) this.violations.push(`wait is no whole number: ${wait}`);
    this.#checkVerifier(verifier, 'polled');
    const poll = new Held(response, () => this.#answerPoll(after, Number(wait), response));
    this.polls.push(Object.assign(poll, { verifier, after, waitMs: Number(wait) }));
    this.#acknowledged.set(verifier, after);
    if (!this.holdsPolls) poll.answer();
  }

  #answerPoll(after, waitMs, response) {
    const [generation, place] = (after ?? '').split('.').map(Number);
    const answer = (news) =>
      send(response, 200, { next: this.#cursor, lease: this.leaseMs, ...news });
    if (generation !== this.#generation || place > this.#entries.length) {
      answer({ reset: true });
      return;
    }
    if (place < this.#entries.length || waitMs === 0) {
      answer({ changed: this.#entries.slice(place) });
      return;
    }
    const answerNow = () => {
      clearTimeout(timer);
      this.#idle.delete(answerNow);
      this.#answerPoll(after, 0, response);
    };
    const timer = setTimeout(answerNow, Math.min(waitMs, this.leaseMs / 4));
    this.#idle.add(answerNow);
    response.on('close', () => {
      clearTimeout(timer);
      this.#idle.delete(answerNow);
    });
  }

  #giveBack(query, response) {
    const verifier = query.get('verifier');
    this.#checkVerifier(verifier, 'gave its lease back');
    this.farewells.push(verifier);
    this.#acknowledged.delete(verifier);
    send(response, 204);
  }

  #checkVerifier(verifier, what) {
    if (!/^[\w-]{22,64}$/.test(verifier ?? ''))
      this.violations.push(`${verifier} is no verifier's id`);
    if (this.farewells.includes(verifier)) {
      this.violations.push(`${verifier} ${what} after it had given its lease back`);
    }
  }
}

function send(response, status, body, headers = {}) {
  if (response.destroyed) return;
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
  response.end(typeof body === 'string' ? body : body && JSON.stringify(body));
}
