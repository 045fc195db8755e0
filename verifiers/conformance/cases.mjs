// What every verifier must do (CONTRACT of `GET /oauth/changes`). Time passes by the verifier's clocks, not ours.
import assert from 'node:assert/strict';
import { CLIENT } from './stand-in.mjs';

const { deepEqual, equal, notEqual, ok } = assert;

const KEY = 'gth_0123456789ABCDEFGHIJKLMNOPQRST14SUA2';
const MINUTE_MS = 60_000;

/** A verifier that holds a lease and has nothing kept. */
async function leased({ gatehouse, start }, options) {
  const program = await start(options);
  await gatehouse.settled();
  return program;
}

/** The same, and it has kept the answers of these tokens. */
async function keeping(context, ...tokens) {
  const program = await leased(context);
  for (const token of tokens) {
    context.gatehouse.issue(token);
    await program.verify(token);
  }
  return program;
}

/** Whether it answers a live token without a question. */
async function keeps({ gatehouse }, program, token) {
  const before = gatehouse.asked(token);
  equal((await program.verify(token)).active, true, `${token} is live`);
  return gatehouse.asked(token) === before;
}

/** From now on no poll is answered; the one that waits is let go first. */
async function silence(gatehouse) {
  gatehouse.holdsPolls = true;
  const next = gatehouse.nextPoll();
  gatehouse.tell('nobody');
  return next;
}

/** Answers a poll that is held, and waits for the next, which says that it was applied. */
async function release(gatehouse, poll) {
  const next = gatehouse.nextPoll();
  gatehouse.tell('nobody');
  poll.answer();
  return next;
}

/** Two requests for a token: the second comes once the question of the first is under way and `between` is done. */
async function twoRequests({ gatehouse }, program, token, between = () => undefined) {
  gatehouse.holdsQuestions = true;
  const first = program.verify(token);
  const question = await gatehouse.question(token);
  await between();
  const second = program.verify(token);
  await program.arrived();
  gatehouse.holdsQuestions = false;
  question.answer();
  return Promise.all([first, second]);
}

export const CASES = {
  'without a lease it asks for each request': async (context) => {
    const { gatehouse, start } = context;
    gatehouse.leaseMs = 0;
    const program = await start();
    for (let polls = 0; polls < 3; polls += 1) await gatehouse.nextPoll();
    gatehouse.issue('token');
    for (let times = 0; times < 2; times += 1) ok(!(await keeps(context, program, 'token')));
  },

  'a poll that gives no lease takes none away': async (context) => {
    const { gatehouse } = context;
    const program = await keeping(context, 'token');
    gatehouse.leaseMs = 0;
    const next = gatehouse.nextPoll();
    gatehouse.tell('nobody');
    await next;
    ok(await keeps(context, program, 'token'));
  },

  'it answers what introspection says, with every member': async ({ gatehouse, start }) => {
    const program = await start();
    const person = gatehouse.issue('person');
    const client = gatehouse.issue('client', {
      sub: 'gtc_other',
      client_id: 'gtc_other',
      scope: 'a b',
      sid: 'client-1',
      another: { member: [1] },
    });
    for (let times = 0; times < 2; times += 1) {
      deepEqual(await program.verify('person'), person);
      deepEqual(await program.verify('client'), client);
      await gatehouse.settled();
    }
    deepEqual(await program.verify('client'), client);
  },

  'it leaves absent members absent in kept answers': async (context) => {
    const program = await leased(context);
    const answer = { active: true, sub: '1', sid: 'bare', lifetime_ms: MINUTE_MS };
    context.gatehouse.issue('bare', answer);
    const members = ['token_type', 'iss', 'aud', 'client_id', 'username', 'roles'];
    const absent = Object.fromEntries(
      [...members, 'jti', 'iat', 'exp', 'auth_time', 'amr'].map((name) => [name, undefined]),
    );
    context.gatehouse.issue('bare', { ...absent, ...answer });
    for (let times = 0; times < 2; times += 1) deepEqual(await program.verify('bare'), answer);
    equal(context.gatehouse.asked('bare'), 1);
  },

  'a token that is not live is inactive, and asked about again': async (context) => {
    const program = await leased(context);
    equal(await program.verify('unknown'), 'inactive');
    context.gatehouse.issue('unknown');
    equal(await keeps(context, program, 'unknown'), false);
  },

  'a token for a single use is asked about each time': async (context) => {
    const program = await leased(context);
    context.gatehouse.issue('once', { single_use: true });
    equal((await program.verify('once')).single_use, true);
    equal(await keeps(context, program, 'once'), false);
  },

  'what cannot be a token or a key is inactive without a question': async ({
    gatehouse,
    start,
  }) => {
    const program = await start();
    const swapped = KEY.replace('AB', 'BA');
    const malformed = ['', 'a b', 'a,b', 'é', 'x'.repeat(20_000), 'gth_', swapped, `${KEY}0`];
    for (const token of [...malformed, KEY.slice(0, -1), `${KEY.slice(0, -1)}_`]) {
      gatehouse.issue(token);
      equal(await program.verify(token), 'inactive', token);
    }
    equal(gatehouse.questions.length, 0);
    for (const token of [KEY, 'GTH_1', 'gts_1', 'a.b-c_d~e+f/g==']) {
      gatehouse.issue(token);
      equal((await program.verify(token)).active, true, token);
    }
  },

  'a kept answer needs no question': async (context) => {
    const program = await keeping(context, 'token');
    equal(await keeps(context, program, 'token'), true);
    equal(context.gatehouse.asked('token'), 1);
  },

  'without a lease it asks for each request': async (context) => {
    context.gatehouse.holdsPolls = true;
    const program = await context.start();
    context.gatehouse.issue('token');
    await program.verify('token');
    equal(await keeps(context, program, 'token'), false);
  },

  'an answer from before the first lease is not kept': async (context) => {
    const { gatehouse } = context;
    gatehouse.holdsPolls = true;
    const program = await context.start();
    gatehouse.issue('token');
    await program.verify('token');
    const poll = await gatehouse.until(() => gatehouse.polls[0], 'a poll');
    gatehouse.holdsPolls = false;
    poll.answer();
    await gatehouse.settled();
    equal(await keeps(context, program, 'token'), false);
  },

  'what is told is forgotten before it is acknowledged, and nothing else': async (context) => {
    const { gatehouse } = context;
    const program = await keeping(context, 'one', 'two');
    gatehouse.revoke('one');
    await gatehouse.change('somebody', 'sid-of-one', 'nobody');
    equal(await program.verify('one'), 'inactive');
    equal(await keeps(context, program, 'two'), true);
  },

  'every answer of a session is forgotten with it': async (context) => {
    const { gatehouse } = context;
    const program = await leased(context);
    for (const token of ['one', 'two']) {
      gatehouse.issue(token, { sid: 'shared' });
      await program.verify(token);
      gatehouse.revoke(token);
    }
    await gatehouse.change('shared');
    equal(await program.verify('one'), 'inactive');
    equal(await program.verify('two'), 'inactive');
  },

  'a reset forgets everything': async (context) => {
    const program = await keeping(context, 'one', 'two');
    await context.gatehouse.loseStore();
    equal(await keeps(context, program, 'one'), false);
    equal(await keeps(context, program, 'two'), false);
    equal(await keeps(context, program, 'one'), true);
  },

  'an answer is not kept if its name was told while it was under way': async (context) => {
    const { gatehouse } = context;
    const program = await leased(context);
    gatehouse.issue('token');
    gatehouse.holdsQuestions = true;
    const request = program.verify('token');
    const question = await gatehouse.question('token');
    gatehouse.revoke('token');
    await gatehouse.change('sid-of-token');
    gatehouse.holdsQuestions = false;
    question.answer();
    equal((await request).active, true, 'the request came before');
    equal(await program.verify('token'), 'inactive');
  },

  'an answer is not kept if a reset came while it was under way': async (context) => {
    const { gatehouse } = context;
    const program = await leased(context);
    gatehouse.issue('token');
    gatehouse.holdsQuestions = true;
    const request = program.verify('token');
    const question = await gatehouse.question('token');
    gatehouse.revoke('token');
    await gatehouse.loseStore();
    gatehouse.holdsQuestions = false;
    question.answer();
    await request;
    equal(await program.verify('token'), 'inactive');
  },

  'an answer is kept if another name was told while it was under way': async (context) => {
    const { gatehouse } = context;
    const program = await leased(context);
    gatehouse.issue('token');
    await twoRequests(context, program, 'token', () => gatehouse.change('somebody'));
    equal(await keeps(context, program, 'token'), true);
  },

  'a thousand requests for a token are one question': async (context) => {
    const { gatehouse } = context;
    const program = await leased(context);
    gatehouse.issue('token');
    gatehouse.holdsQuestions = true;
    const requests = Array.from({ length: 1_000 }, () => program.verify('token'));
    const question = await gatehouse.question('token');
    await program.arrived();
    question.answer();
    for (const answer of await Promise.all(requests)) equal(answer.active, true);
    equal(gatehouse.asked('token'), 1);
  },

  'a later request shares a question under an unbroken lease': async (context) => {
    const program = await leased(context);
    context.gatehouse.issue('token');
    const answers = await twoRequests(context, program, 'token');
    deepEqual(
      answers.map((answer) => answer.active),
      [true, true],
    );
    equal(context.gatehouse.asked('token'), 1);
  },

  'a later request does not share a question if its name was told between': async (context) => {
    const { gatehouse } = context;
    const program = await leased(context);
    gatehouse.issue('token');
    const [first, second] = await twoRequests(context, program, 'token', async () => {
      gatehouse.revoke('token');
      await gatehouse.change('sid-of-token');
    });
    deepEqual([first.active, second], [true, 'inactive']);
    equal(gatehouse.asked('token'), 2);
  },

  'a later request does not share a question if a reset came between': async (context) => {
    const { gatehouse } = context;
    const program = await leased(context);
    gatehouse.issue('token');
    const [, second] = await twoRequests(context, program, 'token', async () => {
      gatehouse.revoke('token');
      await gatehouse.loseStore();
    });
    equal(second, 'inactive');
  },

  'a later request does not share a question if the lease had a gap between': async (context) => {
    const { gatehouse } = context;
    const program = await leased(context);
    gatehouse.issue('token');
    const [, second] = await twoRequests(context, program, 'token', async () => {
      await program.passes(gatehouse.leaseMs);
      gatehouse.revoke('token');
    });
    equal(second, 'inactive');
  },

  'a later request does not share a question if the lease is a new one': async (context) => {
    const { gatehouse } = context;
    const program = await leased(context);
    gatehouse.issue('token');
    const [, second] = await twoRequests(context, program, 'token', async () => {
      await program.passes(gatehouse.leaseMs);
      gatehouse.revoke('token');
      // The first poll was sent before that time, the second was not.
      await gatehouse.change('somebody');
      await gatehouse.change('somebody');
    });
    equal(second, 'inactive');
  },

  'a later request does not share that a token is not live': async (context) => {
    const { gatehouse } = context;
    const program = await leased(context);
    const [first, second] = await twoRequests(context, program, 'token', () => {
      gatehouse.issue('token');
    });
    deepEqual([first, second.active], ['inactive', true]);
  },

  'without a lease a later request shares the next question': async (context) => {
    const { gatehouse } = context;
    const program = await context.start({ mode: 'strict' });
    gatehouse.issue('token');
    gatehouse.holdsQuestions = true;
    const first = program.verify('token');
    const question = await gatehouse.question('token');
    const later = Array.from({ length: 50 }, () => program.verify('token'));
    await program.arrived();
    gatehouse.holdsQuestions = false;
    question.answer();
    for (const answer of await Promise.all([first, ...later])) equal(answer.active, true);
    // One of them may come to it only when that has been answered, and ask once more.
    const asked = gatehouse.asked('token');
    ok(asked >= 2 && asked <= 5, `${asked} questions for 51 requests`);
  },

  'strict asks for each request and does not poll': async (context) => {
    const program = await context.start({ mode: 'strict' });
    context.gatehouse.issue('token');
    for (let times = 0; times < 3; times += 1) {
      equal(await keeps(context, program, 'token'), false);
    }
    deepEqual(context.gatehouse.polls, []);
  },

  'a lease runs out': async (context) => {
    const { gatehouse } = context;
    const program = await keeping(context, 'token');
    await silence(gatehouse);
    await program.passes(gatehouse.leaseMs * 0.9);
    equal(await keeps(context, program, 'token'), true);
    await program.passes(gatehouse.leaseMs * 0.1);
    equal(await keeps(context, program, 'token'), false);
    equal(await keeps(context, program, 'token'), false);
  },

  'a lease counts from the sending of its poll': async (context) => {
    const { gatehouse } = context;
    const program = await keeping(context, 'token');
    const late = await silence(gatehouse);
    await program.passes(gatehouse.leaseMs * 0.75);
    await release(gatehouse, late);
    equal(await keeps(context, program, 'token'), true);
    await program.passes(gatehouse.leaseMs * 0.5);
    equal(await keeps(context, program, 'token'), false);
  },

  'a poll that is answered a lease after its sending renews nothing, and tells': async (
    context,
  ) => {
    const { gatehouse } = context;
    const program = await keeping(context, 'token');
    const late = await silence(gatehouse);
    await program.passes(gatehouse.leaseMs);
    await release(gatehouse, late);
    equal(await keeps(context, program, 'token'), false);
  },

  'what was kept counts again once a lease is held again': async (context) => {
    const { gatehouse } = context;
    const program = await keeping(context, 'token');
    await silence(gatehouse);
    await program.passes(gatehouse.leaseMs);
    const poll = gatehouse.polls.at(-1);
    const next = await release(gatehouse, poll);
    await release(gatehouse, next);
    equal(await keeps(context, program, 'token'), true);
  },

  'a lease runs out while the monotonic clock stands still': async (context) => {
    const { gatehouse } = context;
    const program = await keeping(context, 'token');
    await silence(gatehouse);
    await program.passes(gatehouse.leaseMs, { monotonic: 0 });
    equal(await keeps(context, program, 'token'), false);
  },

  'a lease runs out while the wall clock stands still': async (context) => {
    const { gatehouse } = context;
    const program = await keeping(context, 'token');
    await silence(gatehouse);
    await program.passes(gatehouse.leaseMs, { wall: 0 });
    equal(await keeps(context, program, 'token'), false);
  },

  'a wall clock that is set back lengthens no lease': async (context) => {
    const { gatehouse } = context;
    const program = await keeping(context, 'token');
    await silence(gatehouse);
    await program.passes(gatehouse.leaseMs / 2, { wall: -60 * MINUTE_MS });
    await program.verify('token');
    await program.passes(gatehouse.leaseMs / 2);
    equal(await keeps(context, program, 'token'), false);
  },

  'clocks that stop in turn lengthen no lease': async (context) => {
    const { gatehouse } = context;
    const program = await keeping(context, 'token');
    await silence(gatehouse);
    await program.passes(gatehouse.leaseMs / 2, { monotonic: 0 });
    await program.verify('token');
    await program.passes(gatehouse.leaseMs / 2, { wall: 0 });
    equal(await keeps(context, program, 'token'), false);
  },

  'a token dies with its life, counted from the sending of the question': async (context) => {
    const { gatehouse } = context;
    const program = await leased(context);
    gatehouse.issue('token', { lifetime_ms: 10_000 });
    await twoRequests(context, program, 'token', () => program.passes(6_000));
    equal(await keeps(context, program, 'token'), true);
    await program.passes(4_000);
    equal(await keeps(context, program, 'token'), false);
  },

  'a token dies with its life although the monotonic clock stands still': async (context) => {
    const program = await leased(context);
    context.gatehouse.issue('token', { lifetime_ms: 10_000 });
    await program.verify('token');
    await program.passes(10_000, { monotonic: 0 });
    equal(await keeps(context, program, 'token'), false);
  },

  'nothing is kept longer than five minutes': async (context) => {
    const { gatehouse } = context;
    gatehouse.leaseMs = 60 * MINUTE_MS;
    const program = await keeping(context, 'token');
    await program.passes(4.9 * MINUTE_MS);
    equal(await keeps(context, program, 'token'), true);
    await program.passes(0.1 * MINUTE_MS);
    equal(await keeps(context, program, 'token'), false);
  },

  'it keeps at most maxTokens answers, those used last': async (context) => {
    const { gatehouse } = context;
    const program = await leased(context, { maxTokens: 20 });
    const tokens = Array.from({ length: 60 }, (_, index) => `token-${index}`);
    gatehouse.issue('used');
    await program.verify('used');
    for (const token of tokens) {
      gatehouse.issue(token);
      await program.verify(token);
      equal(await keeps(context, program, 'used'), true);
    }
    const asked = gatehouse.questions.length;
    for (const token of tokens.reverse()) await program.verify(token);
    const kept = tokens.length - (gatehouse.questions.length - asked);
    ok(kept > 0 && kept < 20, `${kept} were kept`);
  },

  'at most sixteen questions are under way': async (context) => {
    const { gatehouse } = context;
    const program = await leased(context);
    gatehouse.holdsQuestions = true;
    const tokens = Array.from({ length: 40 }, (_, index) => `token-${index}`);
    tokens.forEach((token) => gatehouse.issue(token));
    const requests = tokens.map((token) => program.verify(token));
    await program.arrived();
    await gatehouse.until(() => gatehouse.questions.length >= 16, 'sixteen questions');
    for (let answered = 0; answered < 40; answered += 1) {
      await gatehouse.until(() => gatehouse.questions[answered], 'the next question');
      const open = gatehouse.questions.filter(({ isDone }) => !isDone);
      ok(open.length <= 16, `${open.length} questions are under way`);
      gatehouse.questions[answered].answer();
    }
    for (const answer of await Promise.all(requests)) equal(answer.active, true);
  },

  'a request that came before a question was sent has its answer, however long it waited': async (
    context,
  ) => {
    const { gatehouse } = context;
    const program = await context.start({ mode: 'strict' });
    gatehouse.holdsQuestions = true;
    const others = Array.from({ length: 16 }, (_, index) => program.verify(`token-${index}`));
    await gatehouse.until(() => gatehouse.questions.length === 16, 'sixteen questions');
    gatehouse.issue('token');
    const requests = Array.from({ length: 5 }, () => program.verify('token'));
    await program.arrived();
    gatehouse.holdsQuestions = false;
    gatehouse.questions.forEach((question) => question.answer());
    for (const answer of await Promise.all(requests)) equal(answer.active, true);
    equal(gatehouse.asked('token'), 1);
    await Promise.all(others);
  },

  'what is no answer of introspection is unavailable, and never inactive': async (context) => {
    const { gatehouse } = context;
    const program = await leased(context);
    const inactive = { active: false };
    const faults = [
      [503, { error: 'temporarily_unavailable' }, { 'Retry-After': '1' }],
      [500, inactive],
      [401, { error: 'invalid_client' }],
      [404, inactive],
      [302, inactive, { Location: '/oauth/introspect' }],
      [200, 'not JSON'],
      [200, '[]'],
      [200, 'null'],
      [200, { active: 'false' }],
      [200, {}],
    ];
    gatehouse.holdsQuestions = true;
    gatehouse.issue('token');
    for (const [index, fault] of faults.entries()) {
      const request = program.verify('token');
      (await gatehouse.question('token', index + 1)).answer(...fault);
      equal(await request, 'unavailable', JSON.stringify(fault));
    }
  },

  'a question whose connection is cut is unavailable at worst, and the next one works': async (
    context,
  ) => {
    const { gatehouse } = context;
    const program = await leased(context);
    gatehouse.issue('token');
    gatehouse.holdsQuestions = true;
    const request = program.verify('token');
    (await gatehouse.question('token')).drop();
    gatehouse.holdsQuestions = false;
    // It may be sent once more.
    notEqual(await request, 'inactive');
    equal((await program.verify('token')).active, true);
  },

  'a connection that was closed while idle costs no request its answer': async (context) => {
    const { gatehouse } = context;
    const program = await leased(context);
    gatehouse.issue('one');
    gatehouse.issue('two');
    await program.verify('one');
    gatehouse.holdsQuestions = true;
    const request = program.verify('two');
    (await gatehouse.question('two')).drop();
    (await gatehouse.question('two', 2)).answer();
    equal((await request).active, true);
  },

  'it goes on under its lease while Gatehouse is away, is unavailable after it, and comes back':
    async (context) => {
      const { gatehouse } = context;
      const program = await keeping(context, 'token');
      await gatehouse.stop();
      equal((await program.verify('token')).active, true);
      await program.passes(gatehouse.leaseMs);
      equal(await program.verify('token'), 'unavailable');
      const polls = gatehouse.polls.length;
      await gatehouse.listen();
      equal((await program.verify('token')).active, true);
      // The second poll is sent once the answer of the first has been applied.
      await gatehouse.until(() => gatehouse.polls.length >= polls + 2, 'two polls');
      equal(await keeps(context, program, 'token'), true);
    },

  'a poll that is not answered is given up in time for the lease': async (context) => {
    const { gatehouse } = context;
    gatehouse.leaseMs = 250;
    await leased(context);
    gatehouse.holdsPolls = true;
    const lost = await gatehouse.nextPoll();
    const next = await gatehouse.nextPoll();
    equal(next.after, lost.after);
    equal(next.waitMs, 0, 'the next one is to be answered at once');
    gatehouse.holdsPolls = false;
    next.answer();
    await gatehouse.nextPoll();
    await gatehouse.settled();
  },

  'with leases of 250 ms answers are kept, and forgotten': async (context) => {
    const { gatehouse } = context;
    gatehouse.leaseMs = 250;
    const program = await keeping(context, 'token');
    for (let round = 0; round < 20; round += 1) {
      await program.verify('token');
      gatehouse.revoke('token');
      await gatehouse.change('sid-of-token');
      equal(await program.verify('token'), 'inactive');
      gatehouse.issue('token');
    }
  },

  'a poll whose connection is cut is sent again, and loses nothing': async (context) => {
    const { gatehouse } = context;
    const program = await keeping(context, 'token');
    const cut = await silence(gatehouse);
    gatehouse.holdsPolls = false;
    gatehouse.revoke('token');
    gatehouse.tell('sid-of-token');
    cut.drop();
    await gatehouse.settled();
    equal(await program.verify('token'), 'inactive');
  },

  'a poll that is refused, or has no answer of the feed, renews nothing': async (context) => {
    const { gatehouse } = context;
    const program = await keeping(context, 'token');
    let poll = await silence(gatehouse);
    await program.passes(gatehouse.leaseMs);
    const news = { next: poll.after, lease: gatehouse.leaseMs };
    const faults = [
      [503, { error: 'temporarily_unavailable' }],
      [500, { ...news, changed: [] }],
      [200, 'not JSON'],
      [200, news],
      [200, { ...news, changed: 'sid' }],
      [200, { ...news, changed: [1] }],
      [200, { ...news, reset: false }],
      [200, { ...news, lease: '1000', changed: [] }],
      [200, { lease: 1_000, changed: [] }],
    ];
    for (const fault of faults) {
      const next = gatehouse.nextPoll();
      poll.answer(...fault);
      poll = await next;
      equal(poll.after, news.next, JSON.stringify(fault));
      equal(await keeps(context, program, 'token'), false, JSON.stringify(fault));
    }
  },

  'a cursor that is refused is given up': async (context) => {
    const { gatehouse } = context;
    const program = await keeping(context, 'token');
    const poll = await silence(gatehouse);
    const next = gatehouse.nextPoll();
    poll.answer(400, { error: 'invalid_request' });
    equal((await next).after, undefined);
    gatehouse.holdsPolls = false;
    (await next).answer();
    await gatehouse.settled();
    equal(await keeps(context, program, 'token'), false);
  },

  'each process is a verifier of its own': async ({ gatehouse, start }) => {
    const programs = [await start(), await start()];
    for (const program of programs) await program.verify('token');
    await gatehouse.until(() => gatehouse.verifiers.length === 2, 'two verifiers');
  },

  'after a fork the child is another verifier, and has nothing kept': async (context) => {
    const { gatehouse } = context;
    const program = await keeping(context, 'token');
    const [parent] = gatehouse.verifiers;
    gatehouse.revoke('token');
    const { answer } = await program.send('fork', { token: 'token' });
    equal(answer, null);
    await gatehouse.until(() => gatehouse.verifiers.length === 2, 'a verifier of the child');
    deepEqual(gatehouse.farewells, gatehouse.verifiers.slice(2), 'the parent goes on');
    equal((await program.verify('token')).active, true, 'nobody has told the parent');
    equal(gatehouse.verifiers.includes(parent), true);
  },

  'closing gives the lease back after the last use of a kept answer': async (context) => {
    const { gatehouse } = context;
    const program = await keeping(context, 'token');
    const { verifiers } = gatehouse;
    await program.send('close');
    deepEqual(gatehouse.farewells, verifiers);
    equal(await program.verify('token'), 'unavailable');
    equal(gatehouse.asked('token'), 1);
  },

  'closing takes no longer than a second if Gatehouse is away': async (context) => {
    const program = await keeping(context, 'token');
    await context.gatehouse.stop();
    await program.send('close');
    await context.gatehouse.listen();
  },

  'the secret is sent as it is': async ({ gatehouse, start }) => {
    const program = await start({ clientSecret: CLIENT.clientSecret });
    gatehouse.issue('token');
    equal((await program.verify('token')).active, true);
  },
};
