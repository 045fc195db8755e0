import { Guide } from '../support/guide.js';
import { freePort } from '../support/processes.mjs';

it('The first steps lead from nothing to a log-out, in both designs', async () => {
  const port = String(await freePort());
  const guide = new Guide('docs/guides/first-steps.md', {
    replacements: { '127.0.0.1:3000': `127.0.0.1:${port}` },
    variables: { PORT: port },
  });
  await guide.follow();
});
