import { simpleParser } from 'mailparser';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MailKind, SecretMailKind } from '../../src/mail/mail-kinds.js';
import { uniqueName, type Account, type Answer, type Client } from './client.js';
import { eventually } from './eventually.js';
import type { Server } from './server.js';

const LIMIT_MS = 20_000;
const FILE = /^.*Z-[0-9a-f]{6}-(.*)\.eml$/;

/** A mail as its reader has it. */
export interface Mail {
  readonly kind: MailKind;
  readonly subject: string;
  readonly text: string;
  /** Of its link; undefined in a mail without a secret, as is the code. */
  readonly token: string | undefined;
  readonly code: string | undefined;
}

interface ReadMail {
  readonly mail: Mail;
  readonly to: readonly (string | undefined)[];
}

/** Those that were read whole already, by their paths: an outbox is read over and over. */
const readMails = new Map<string, ReadMail>();

async function readMail(folder: string, name: string): Promise<ReadMail> {
  const path = join(folder, name);
  const earlier = readMails.get(path);
  if (earlier) return earlier;
  const content = await readFile(path);
  const parsed = await simpleParser(content);
  const text = parsed.text ?? '';
  const read: ReadMail = {
    mail: {
      kind: FILE.exec(name)?.[1] as MailKind,
      subject: parsed.subject ?? '',
      text,
      token: /#(?:verify|reset)=([\w-]+)/.exec(text)?.[1],
      code: /\b[A-Z2-7]{5}-[A-Z2-7]{5}\b/.exec(text)?.[0],
    },
    to: [parsed.to ?? []].flat().flatMap(({ value }) => value.map((one) => one.address)),
  };
  // One without its last boundary is still being written.
  if (content.toString().trimEnd().endsWith('--')) readMails.set(path, read);
  return read;
}

/** The mails to an address that a service in development wrote, oldest first. */
export async function mailsTo({ directory }: Server, address: string): Promise<Mail[]> {
  const folder = join(directory, 'data/outbox');
  const names = await readdir(folder).catch(() => []);
  const mails = await Promise.all(names.sort().map((name) => readMail(folder, name)));
  // The domain is written in lower case.
  const folded = address.toLowerCase();
  return mails.flatMap(({ mail, to }) => (to.join().toLowerCase() === folded ? mail : []));
}

/** The newest mail of a kind to an address, once there are so many of it. */
export async function newestMail(
  server: Server,
  address: string,
  kind: MailKind,
  count = 1,
): Promise<Mail> {
  let found: Mail[] = [];
  await eventually(async () => {
    found = (await mailsTo(server, address)).filter((mail) => mail.kind === kind);
    expect(found).toHaveLength(count);
  }, LIMIT_MS);
  return found.at(-1) as Mail;
}

/** The newest mail with a secret, of which it has both forms. */
export async function newestSecret(
  server: Server,
  address: string,
  kind: SecretMailKind,
  count = 1,
): Promise<{ token: string; code: string; text: string }> {
  const { token = '', code = '', text } = await newestMail(server, address, kind, count);
  expect([token, code]).toEqual([expect.stringMatching(/./), expect.stringMatching(/./)]);
  return { token, code, text };
}

/** The links' tokens of those who want the same address, in their order, once each has its mail. */
export async function rivalTokens(
  server: Server,
  people: readonly (Account & { token: string })[],
  email: string,
): Promise<string[]> {
  for (const person of people) {
    expect((await wantAddress(server.client, person, email)).status).toBe(202);
  }
  await newestMail(server, email, 'verify-address', people.length);
  const mails = await mailsTo(server, email);
  return people.map(
    ({ username }) => mails.find(({ text }) => text.includes(username))?.token ?? '',
  );
}

/** Asks for a mail to an address that shall become the account's. */
export function wantAddress(
  client: Client,
  { token: bearer, password }: Pick<Account, 'password'> & { token: string },
  email: string,
): Promise<Answer> {
  return client.put('/user/email', { bearer, json: { email, current_password: password } });
}

/** An address that no other test has. */
export function uniqueAddress(): string {
  return `${uniqueName()}@example.org`;
}

/** Somebody new with a verified address. */
export async function newAddressee(
  server: Server,
  email = uniqueAddress(),
): Promise<Account & { token: string; email: string }> {
  const { client } = server;
  const person = await client.newSession();
  await verifyAddress(server, person, email);
  return { ...person, email };
}

/** Makes an address a person's own, by the link. */
export async function verifyAddress(
  server: Server,
  person: Account & { token: string },
  email: string,
): Promise<void> {
  const { client } = server;
  expect((await wantAddress(client, person, email)).status).toBe(202);
  const { token } = await newestSecret(server, email, 'verify-address');
  const json = { token };
  const { status, body } = await client.post('/user/email/verify', { bearer: person.token, json });
  expect([status, body]).toEqual([200, { message: 'Address verified' }]);
}
