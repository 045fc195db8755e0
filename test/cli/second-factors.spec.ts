import { join } from 'node:path';
import { describeOnEachDatabase } from '../support/backends.js';
import { gatehouse, gatehouseJson } from '../support/cli.js';
import {
  addFactor,
  answer,
  begunFactor,
  challengeOf,
  confirmFactor,
  eventsOf,
  newFactorOwner,
} from '../support/second-factors.js';
import { Server, temporaryDirectory } from '../support/server.js';

describeOnEachDatabase('users factors', (start) => {
  let server: Server;

  beforeAll(async () => {
    server = await start();
  });

  it('shows the factors of an account without their secrets', async () => {
    const { username, app } = await newFactorOwner(server.client);
    const { code, stdout, stderr } = await gatehouse(server, ['users', 'factors', username]);
    expect([code, stderr]).toEqual([0, '']);
    const [, factor, left] = stdout.split('\n');
    expect(factor).toMatch(new RegExp(`^${app.id}  totp    20.*Z  Authenticator app$`));
    expect(left).toBe('Recovery codes left: 10');
    expect(stdout).not.toContain(app.secret);
    const [asJson, ofCodes] = await gatehouseJson(server, ['users', 'factors', username]);
    expect(asJson).toEqual({
      ...{ id: app.id, type: 'totp', name: 'Authenticator app' },
      ...{ created_at: expect.any(String), last_used_at: expect.any(String) },
    });
    expect(ofCodes).toEqual({ recovery_codes_left: 10 });
  });

  it('--remove lets somebody who lost everything log in with the password (S117)', async () => {
    const owner = await newFactorOwner(server.client);
    const { id, username, app } = owner;
    await addFactor(server.client, owner.token, owner, { code: owner.recoveryCodes[0] });
    const begun = await begunFactor(server.client, owner.token, owner, {
      code: owner.recoveryCodes[1],
    });
    const challenge = await challengeOf(server.client, owner);
    const [removed] = await gatehouseJson(server, [
      'users',
      'factors',
      username,
      '--remove',
      'all',
    ]);
    expect(removed).toEqual({ id, username, removed: [app.id, expect.any(String)] });
    const late = await answer(server.client, challenge, app.next());
    expect([late.status, late.body.type]).toEqual([401, '/problems/challenge-invalid']);
    const begunBefore = await confirmFactor(server.client, owner.token, begun.id, begun.next());
    expect(begunBefore.status).toBe(404);
    const token = await server.client.login(owner);
    const { body } = await server.client.get('/user/factors', { bearer: token });
    expect(body).toEqual({ factors: [], recovery_codes_left: 0 });
    const events = await server.client.get('/user/events', { bearer: token });
    expect(events.body.events).toContainEqual(
      expect.objectContaining({ type: 'factor.removed', address: 'cli' }),
    );
    const again = await gatehouse(server, ['users', 'factors', username, '--remove', 'all']);
    expect(again).toEqual({
      ...{ code: 0, stderr: '' },
      stdout: `${username} (id ${id}) has no second factor\n`,
    });
  });

  it('--remove with an id removes that one', async () => {
    const owner = await newFactorOwner(server.client);
    const second = await addFactor(server.client, owner.token, owner, {
      ...{ code: owner.recoveryCodes[0], name: 'the other phone' },
    });
    const one = ['users', 'factors', '--id', String(owner.id), '--remove', second.app.id];
    expect((await gatehouse(server, one)).stdout).toContain(': the other phone\n');
    await challengeOf(server.client, owner);
    const again = await gatehouse(server, one);
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining(second.app.id)]);
    const wrong = await gatehouse(server, ['users', 'factors', owner.username, '--remove', 'x']);
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('--remove takes all')]);
    expect(await eventsOf(server.client, owner.token)).toContain('factor.removed');
  });

  it('users list and users export tell how many there are, and no more', async () => {
    const owner = await newFactorOwner(server.client);
    const users = await gatehouseJson(server, ['users', 'list']);
    expect(users).toContainEqual(expect.objectContaining({ id: owner.id, factors: 1 }));
    const { stdout } = await gatehouse(server, ['users', 'export']);
    const line = stdout.split('\n').find((each) => each.includes(owner.username)) ?? '';
    expect(Object.keys(JSON.parse(line) as object)).toEqual([
      ...['id', 'username', 'password_hash', 'created_at', 'disabled', 'factors'],
    ]);
    const elsewhere = {
      directory: temporaryDirectory(),
      variables: { DATABASE_URL: `sqlite:${join(temporaryDirectory(), 'x.sqlite')}` },
    };
    const [report] = await gatehouseJson(elsewhere, ['users', 'import', '-'], stdout);
    expect(report).toMatchObject({ left_out: ['factors'] });
  });
});
