// Users and their tokens: what a measurement needs before it begins.
import pLimit from 'p-limit';
import { postJson } from '../support/built-service.mjs';

/** So many that none of them comes near the limit of sessions. */
const USERS = 40;

/** Hashes wait for each other anyway. */
const inTurn = pLimit(4);

/** The credentials of all users; as long as real ones. */
export const CREDENTIALS = Array.from({ length: USERS }, (_, index) => ({
  username: `bench-user-${index + 10}`,
  password: 'correct horse battery',
}));

async function answerOf(url, body, status, token) {
  const answer = await postJson(url, body, token && { authorization: `Bearer ${token}` });
  const text = await answer.text();
  if (answer.status !== status) throw new Error(`${url} answered ${answer.status}: ${text}`);
  return JSON.parse(text);
}

export async function register(product, credentials = CREDENTIALS) {
  const one = (body) => answerOf(`${product.url}/user`, body, 201);
  await Promise.all(credentials.map((body) => inTurn(one, body)));
}

/** Tokens of new sessions, shared out among the users. */
export async function logIn(product, count) {
  const one = (body) => answerOf(`${product.url}/authenticate_user`, body, 200);
  const bodies = Array.from({ length: count }, (_, index) => CREDENTIALS[index % USERS]);
  const answers = await Promise.all(bodies.map((body) => inTurn(one, body)));
  return answers.map(({ token }) => token);
}

/** API keys of the users whose tokens these are. */
export async function makeKeys(product, tokens) {
  const one = async (token, index) => {
    const body = { name: `bench-${index}`, current_password: CREDENTIALS[0].password };
    const { key } = await answerOf(`${product.url}/user/keys`, body, 201, token);
    return key;
  };
  return Promise.all(tokens.map((token, index) => inTurn(one, token, index)));
}

/** The same users on the floor. */
export async function registerOnFloor(floor) {
  const one = (body) => answerOf(`${floor.url}/register`, body, 200);
  await Promise.all(CREDENTIALS.map((body) => inTurn(one, body)));
}

/** Tokens of the floor. */
export async function mint(floor, count) {
  const one = (body) => answerOf(`${floor.url}/mint`, body, 200);
  const bodies = Array.from({ length: count }, (_, index) => CREDENTIALS[index % USERS]);
  const answers = await Promise.all(bodies.map((body) => inTurn(one, body)));
  return answers.map(({ token }) => token);
}
