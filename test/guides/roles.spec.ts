import { Guide } from '../support/guide.js';
import { freePort } from '../support/processes.mjs';

it('The guide gives, shows, takes and demands roles', async () => {
  const port = String(await freePort());
  const guide = new Guide('docs/guides/roles.md', {
    replacements: { '127.0.0.1:3000': `127.0.0.1:${port}` },
    variables: { PORT: port },
  });
  await guide.prepare('npm start');
  await guide.follow();
});
