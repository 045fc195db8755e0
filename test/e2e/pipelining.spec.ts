import { eventually } from '../support/eventually.js';
import { exchange } from '../support/raw-http.js';
import { Server } from '../support/server.js';

const IDS = ['aaa', 'bbb', 'ccc'];

it('Requests that come in one packet are each logged under their own id', async () => {
  const server = await Server.start();
  const requests = IDS.map((id, index) =>
    [
      'GET /user HTTP/1.1',
      'Host: gatehouse.test',
      `X-Request-Id: ${id}`,
      `Connection: ${index === IDS.length - 1 ? 'close' : 'keep-alive'}`,
      '\r\n',
    ].join('\r\n'),
  );
  const answers = await exchange(server.port, requests.join(''));
  expect([...answers.matchAll(/^x-request-id: (\w+)/gim)].map(([, id]) => id)).toEqual(IDS);
  await eventually(() => {
    const refusals = server.lines.filter(({ event }) => event === 'access.refused');
    expect(refusals.map(({ requestId }) => requestId)).toEqual(IDS);
  }, 5_000);
});
