import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { newPrivateKey } from '../../src/config/new-keys.js';
import { Server, temporaryDirectory, type Variables } from '../support/server.js';

const run = promisify(execFile);

/** What the real curl prints, status line and headers included. */
async function curl(...args: string[]): Promise<string> {
  return (await run('curl', ['--silent', '--include', ...args])).stdout;
}

describe.each<[string, Variables]>([
  ['on the default start-up', {}],
  ['with a signing key', { SIGNING_KEY: newPrivateKey('ES256') }],
])('The published curl transcript %s', (_, variables) => {
  let server: Server;
  let token: string;

  beforeAll(async () => {
    // Nothing is configured but the port, which other tests share the machine with.
    server = await Server.start(variables, temporaryDirectory());
  });

  it('registers miguel', async () => {
    const answer = await curl(
      ...['-X', 'POST', '-H', 'Content-Type: application/json'],
      ...['-d', '{"username":"miguel","password":"python"}', `${server.url}/api/users`],
    );
    expect(answer).toMatch(/^HTTP\/1.1 201 Created\r\n/);
    expect(answer.toLowerCase()).toContain(`\r\nlocation: ${server.url}/api/users/1\r\n`);
    expect(answer).toMatch(/\r\n\r\n\{"username":"miguel"\}$/);
  });

  it('greets miguel for his password', async () => {
    const answer = await curl('-u', 'miguel:python', `${server.url}/api/resource`);
    expect(answer).toMatch(/^HTTP\/1.1 200 OK\r\n[^]*\r\n\r\n\{"data":"Hello, miguel!"\}$/);
  });

  it('refuses a wrong password with the Basic challenge', async () => {
    const answer = await curl('-u', 'miguel:ruby', `${server.url}/api/resource`);
    expect(answer).toMatch(/^HTTP\/1.1 401 Unauthorized\r\n/);
    expect(answer).toMatch(/\r\nwww-authenticate: Basic realm="Authentication Required"\r\n/i);
  });

  it('gives miguel a token for 2100 seconds', async () => {
    const answer = await curl('-u', 'miguel:python', `${server.url}/api/token`);
    expect(answer).toMatch(/^HTTP\/1.1 200 OK\r\n/);
    const body = JSON.parse(answer.split('\r\n\r\n')[1] ?? '') as Record<string, unknown>;
    expect(Object.keys(body)).toEqual(['token', 'duration']);
    expect(body.token).toMatch(/^eyJ/);
    expect(body.duration).toBeCloseTo(2100, -1);
    token = String(body.token);
  });

  it('greets miguel for the token in the place of the username', async () => {
    const answer = await curl('-u', `${token}:x`, `${server.url}/api/resource`);
    expect(answer).toMatch(/^HTTP\/1.1 200 OK\r\n[^]*\r\n\r\n\{"data":"Hello, miguel!"\}$/);
  });
});
