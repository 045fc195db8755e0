// What the programs here have in common: who they are, by the environment, and what they saw, as one JSON object.
export const { ISSUER, CLIENT_ID, CLIENT_SECRET, USER_TOKEN } = process.env;

/** Prints what the program saw, and ends it: some of the libraries keep connections open. */
export function report(seen) {
  console.log(JSON.stringify(seen));
  process.exit();
}

/** The status of the answer to a request with a token, at a server that listens only for it. */
export async function statusFrom(app, token) {
  const server = app.listen(0, '127.0.0.1');
  try {
    await new Promise((resolve) => server.once('listening', resolve));
    const response = await fetch(`http://127.0.0.1:${server.address().port}/`, {
      headers: { authorization: `Bearer ${token}` },
    });
    return { status: response.status, body: await response.text() };
  } finally {
    server.closeAllConnections();
    server.close();
  }
}
