import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { simpleParser, type AddressObject, type ParsedMail } from 'mailparser';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { CertificateAuthority } from './certificates.js';
import { eventually } from './eventually.js';
import { freePort } from './processes.mjs';

const ARRIVAL_LIMIT_MS = 30_000;

const MAIL_USER = 'gatehouse';
/** With what has to be encoded in a URL. */
const MAIL_PASSWORD = 'p@ss/w%rd';

/** What a mail server does with the next connections. */
export type Behaviour =
  | 'accept'
  /** Refuses every recipient for good. */
  | 'refuse'
  /** Says nothing after a connection, until it behaves in another way. */
  | 'be silent'
  /** Takes the whole mail and answers nothing, until it behaves in another way. */
  | 'hold'
  /** Ends the connection in the middle of a mail. */
  | 'drop'
  /** Takes the whole mail, and ends the connection. */
  | 'take and drop';

/** A mail as it came. */
export interface ReceivedMail {
  /** Every recipient of the envelope. */
  readonly recipients: string[];
  /** Who logged in for it; undefined if nobody did. */
  readonly user: string | undefined;
  readonly isEncrypted: boolean;
  readonly raw: string;
  readonly parsed: ParsedMail;
}

interface MailServerSettings {
  /** The address that it listens on; loopback unless another is given. */
  readonly host?: string;
  readonly port?: number;
  /** A certificate with which it offers STARTTLS, or TLS from the start; without one it offers none. */
  readonly certificate?: { readonly cert: string; readonly key: string };
  readonly isTlsFromStart?: boolean;
}

const running = new Set<MailServer>();
afterAll(async () => {
  await Promise.all([...running].map((server) => server.stop()));
});

/** A real SMTP server in the process of the test, which keeps what it gets, and can misbehave. */
export class MailServer {
  readonly mails: ReceivedMail[] = [];
  /** The recipients of which it was asked, whether it took the mail or not. */
  readonly recipientsAsked: string[] = [];
  /** The users that tried to log in. */
  readonly logIns: string[] = [];
  connections = 0;
  behaviour: Behaviour = 'accept';
  /** Says nothing more once it is asked of such a recipient. */
  stallsAt: RegExp | undefined;
  private readonly held: (() => void)[] = [];
  private server: SMTPServer | undefined;

  private constructor(
    private readonly settings: MailServerSettings,
    readonly port: number,
  ) {}

  static async start(settings: MailServerSettings = {}): Promise<MailServer> {
    const server = new MailServer(settings, settings.port ?? (await freePort()));
    await server.listen();
    return server;
  }

  /** The `SMTP_URL` to it, by another host than its own if one is given. */
  url(host = this.settings.host ?? '127.0.0.1'): string {
    const scheme = this.settings.isTlsFromStart ? 'smtps' : 'smtp';
    return `${scheme}://${MAIL_USER}:${encodeURIComponent(MAIL_PASSWORD)}@${host}:${this.port}`;
  }

  /** The settings of a service that sends its mails here. */
  variables(host?: string): { SMTP_URL: string; MAIL_FROM: string } {
    return { SMTP_URL: this.url(host), MAIL_FROM: 'Gatehouse Test <gatehouse@example.com>' };
  }

  behave(behaviour: Behaviour): void {
    this.behaviour = behaviour;
    for (const goOn of this.held.splice(0)) goOn();
  }

  /** Waits for mails to a recipient; all that came to it so far. */
  async mailsTo(recipient: string, count = 1): Promise<ReceivedMail[]> {
    const found = () =>
      this.mails.filter(({ recipients }) => recipients.some((one) => one === recipient));
    await eventually(() => expect(found().length).toBeGreaterThanOrEqual(count), ARRIVAL_LIMIT_MS);
    return found();
  }

  /** Begins to listen, at its start and after `stop`. */
  async listen(): Promise<void> {
    const server = new SMTPServer(this.options());
    // What a client does wrong, or what `drop` does to it, ends up here.
    server.on('error', () => undefined);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.port, this.settings.host ?? '127.0.0.1', resolve);
    });
    this.server = server;
    running.add(this);
  }

  async stop(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    running.delete(this);
    this.behave(this.behaviour);
    await new Promise<void>((resolve) => (server ? server.close(resolve) : resolve()));
  }

  private options(): SMTPServerOptions {
    const { certificate, isTlsFromStart = false } = this.settings;
    return {
      secure: isTlsFromStart,
      ...(certificate
        ? { cert: readFileSync(certificate.cert), key: readFileSync(certificate.key) }
        : { hideSTARTTLS: true, disabledCommands: ['STARTTLS'] }),
      authOptional: true,
      allowInsecureAuth: true,
      authMethods: ['PLAIN', 'LOGIN'],
      disableReverseLookup: true,
      closeTimeout: 100,
      logger: false,
      onConnect: (_session, done) => {
        this.connections += 1;
        if (this.behaviour === 'be silent') this.held.push(done);
        else done();
      },
      onAuth: ({ username, password }, _session, done) => {
        this.logIns.push(username ?? '');
        const isRight = username === MAIL_USER && password === MAIL_PASSWORD;
        if (isRight) done(null, { user: username });
        else done(new Error('Invalid username or password'));
      },
      onRcptTo: ({ address }, _session, done) => {
        this.recipientsAsked.push(address);
        if (this.stallsAt?.test(address)) return;
        if (this.behaviour !== 'refuse') done();
        else done(Object.assign(new Error(`No mailbox ${address}`), { responseCode: 550 }));
      },
      onData: (stream, session, done) => {
        if (this.behaviour === 'drop') {
          (stream as unknown as { session?: unknown }).session = undefined;
          this.dropAll();
          return;
        }
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', () => {
          const raw = Buffer.concat(chunks);
          const keep = async () => {
            this.mails.push({
              recipients: session.envelope.rcptTo.map(({ address }) => address),
              user: session.user,
              isEncrypted: session.secure,
              raw: raw.toString(),
              parsed: await simpleParser(raw),
            });
            done();
          };
          if (this.behaviour === 'take and drop') this.dropAll();
          else if (this.behaviour === 'hold') this.held.push(() => void keep());
          else void keep();
        });
      },
    };
  }

  private dropAll(): void {
    const { connections } = this.server as unknown as { connections: Set<{ _socket: Socket }> };
    for (const { _socket: socket } of connections) socket.destroy();
  }
}

/** A certificate for a mail server of this host, and the file of the authority that made it. */
export function mailCertificate(host: string, alternatives?: string) {
  const authority = new CertificateAuthority('Test mail CA');
  return { certificate: authority.issue(host, alternatives), authorityFile: authority.file };
}

/** The addresses in a header that has some. */
export function addressesOf(header: AddressObject | AddressObject[] | undefined): string[] {
  return [header ?? []].flat().flatMap(({ value }) => value.map(({ address }) => address ?? ''));
}

/** The secret of the link in a mail, and its code. */
export function secretsOf({ parsed }: ReceivedMail): { token: string; code: string } {
  const [, token = ''] = /#(?:verify|reset)=([\w-]+)/.exec(parsed.text ?? '') ?? [];
  const [, code = ''] = /^([A-Z2-7]{5}-[A-Z2-7]{5})$/m.exec(parsed.text ?? '') ?? [];
  return { token, code };
}
