import { createRemoteJWKSet, jwtVerify } from 'jose';
import { createInterface } from 'node:readline';
import { ISSUER } from './program.mjs';

// One key set for the life of the program, as an API has it. Each line of input is a token; so is each line of
// output its claims, or what is wrong with it.
const keys = createRemoteJWKSet(new URL(`${ISSUER}/.well-known/jwks.json`), {
  cooldownDuration: 0,
});

for await (const token of createInterface({ input: process.stdin })) {
  const seen = await jwtVerify(token, keys, {
    issuer: ISSUER,
    audience: ISSUER,
    typ: 'at+jwt',
  }).then(
    ({ payload, protectedHeader }) => ({ payload, protectedHeader }),
    ({ code, message }) => ({ code, message }),
  );
  console.log(JSON.stringify(seen));
}
