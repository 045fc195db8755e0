import { Guide } from '../support/guide.js';
import { freePort } from '../support/processes.mjs';

it.each(['a-machine-that-calls-apis', 'introspection'])(
  'The guide %s leads to its end',
  async (name) => {
    const port = String(await freePort());
    const guide = new Guide(`docs/guides/${name}.md`, {
      replacements: { '127.0.0.1:3000': `127.0.0.1:${port}` },
      variables: { PORT: port },
    });
    await guide.follow();
  },
  120_000,
);
