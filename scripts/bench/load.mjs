// Load by autocannon. Every answer is checked: one that is not a success, or lacks the expected word, fails
// the run.
import autocannon from 'autocannon';

/** Requests at a time. */
export const CONNECTIONS = 32;
const SAMPLE_MS = 50;

/** Headers of a request with a token, and without a body. */
const bearer = (token) => ({ authorization: `Bearer ${token}`, 'content-length': '0' });

/** A request as autocannon wants it, from one such as `GET /user`. */
function requestOf(operation, details) {
  const [method, path] = operation.split(' ');
  return { method, path, ...details };
}

/**
 * Sends requests and waits for their answers.
 * @throws if an answer was not as expected
 */
async function send(server, { word, ...options }) {
  let wrong;
  const run = await autocannon({
    url: server.url,
    sampleInt: SAMPLE_MS,
    timeout: 30,
    verifyBody(body) {
      if (body?.includes(word)) return true;
      wrong ??= body;
      return false;
    },
    ...options,
  });
  const { non2xx, errors, mismatches, statusCodeStats, latency, start, finish } = run;
  const answered = run['2xx'];
  if (non2xx + errors + mismatches > 0 || answered === 0) {
    const statuses = JSON.stringify(statusCodeStats);
    throw new Error(`Not the answers that were expected (${statuses}, ${errors} errors): ${wrong}`);
  }
  return { answered, perSecond: (1000 * answered) / (finish - start), p99Ms: latency.p99 };
}

/** Hands the first connection its share of a list, then the next one, and so on. */
function shares(list, connections) {
  let next = 0;
  return () => {
    const own = next;
    next += 1;
    const share = list.filter((_, index) => index % connections === own);
    return share.length > 0 ? share : [...list];
  };
}

function repeatRequests(server, requests, { seconds, connections = CONNECTIONS, word }) {
  const share = shares(requests, connections);
  const setupClient = (client) => client.setRequests(share());
  return send(server, { duration: seconds, connections, setupClient, word });
}

/** Uses tokens over and over. */
export function repeat(server, operation, { tokens, ...options }) {
  const requests = tokens.map((token) => requestOf(operation, { headers: bearer(token) }));
  return repeatRequests(server, requests, options);
}

/** Sends the same bodies over and over. */
export function post(server, operation, { bodies, ...options }) {
  const headers = { 'content-type': 'application/json' };
  const requestWith = (body) => requestOf(operation, { headers, body: JSON.stringify(body) });
  return repeatRequests(server, bodies.map(requestWith), options);
}

/** Sends the same forms over and over, as clients that authenticate with HTTP Basic (RFC 6749 §2.3.1). */
export function postForms(server, operation, { forms, ...options }) {
  const requests = forms.map(({ client, parameters }) => {
    const credentials = Buffer.from(`${client.client_id}:${client.client_secret}`);
    const headers = {
      authorization: `Basic ${credentials.toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
    };
    return requestOf(operation, { headers, body: new URLSearchParams(parameters).toString() });
  });
  return repeatRequests(server, requests, options);
}

/** Sends requests each of which has the token that `nextToken` of its connection finds. */
function replaceTokens(server, operation, { tokens, nextToken, ...options }) {
  const share = shares(tokens, CONNECTIONS);
  const setupClient = (client) => {
    const own = share();
    const onResponse = (_status, body) => {
      const token = nextToken(own, body);
      if (token) client.setHeaders(bearer(token));
    };
    const headers = bearer(own.pop());
    client.setRequests([requestOf(operation, { headers, onResponse })]);
  };
  return send(server, { connections: CONNECTIONS, setupClient, ...options });
}

/** Gives each connection a token, and then always the one that the last answer brought. */
export function rotate(server, operation, { tokens, seconds, word }) {
  const nextToken = (_own, body) => JSON.parse(body).token;
  return replaceTokens(server, operation, { tokens, nextToken, duration: seconds, word });
}

/** Uses each token once; `seconds` does not matter. */
export function consume(server, operation, { tokens, word }) {
  const nextToken = (own) => own.pop();
  return replaceTokens(server, operation, { tokens, nextToken, amount: tokens.length, word });
}
