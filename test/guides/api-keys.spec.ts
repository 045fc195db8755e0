import { Guide } from '../support/guide.js';
import { freePort } from '../support/processes.mjs';

it('The guide to API keys makes one, uses it and deletes it', async () => {
  const port = String(await freePort());
  const guide = new Guide('docs/guides/api-keys.md', {
    replacements: { '127.0.0.1:3000': `127.0.0.1:${port}` },
    variables: { PORT: port },
  });
  await guide.follow();
});
