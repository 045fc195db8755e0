import { Guide } from '../support/guide.js';
import { freePort } from '../support/processes.mjs';

it('The guide to second factors adds one, logs in with it and removes it', async () => {
  const port = String(await freePort());
  const guide = new Guide('docs/guides/second-factors.md', {
    replacements: { '127.0.0.1:3000': `127.0.0.1:${port}` },
    variables: { PORT: port },
  });
  await guide.follow();
});
