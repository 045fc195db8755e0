import { Client, type ClientConfig } from 'pg';

/**
 * A client that ends the connection before it says anything of its password, unless the server proves by the
 * password that no one reads along (SCRAM-SHA-256-PLUS, RFC 5802 §6). `pg` does with less if less is offered.
 */
export class ChannelBindingClient extends Client {
  constructor(config: ClientConfig) {
    super(config);
    // Before connecting, so that these hear each message before the client's own listeners do.
    const { connection } = this;
    let isProved = false;
    const refuse = () => {
      // Which may have come with the message that is refused.
      connection.removeAllListeners('readyForQuery');
      connection.emit('error', unbound());
      connection.stream.destroy();
    };
    connection.on('authenticationCleartextPassword', refuse);
    connection.on('authenticationMD5Password', refuse);
    connection.on('authenticationSASL', ({ mechanisms }: { mechanisms: string[] }) => {
      if (!mechanisms.includes('SCRAM-SHA-256-PLUS')) refuse();
    });
    connection.on('authenticationSASLFinal', () => (isProved = true));
    connection.on('authenticationOk', () => {
      if (!isProved) refuse();
    });
  }
}

function unbound(): Error {
  return new Error(
    'The server does not offer what channel_binding=require in DATABASE_URL asks for, SCRAM-SHA-256-PLUS',
  );
}
