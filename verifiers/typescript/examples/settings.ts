/** What the examples need of the environment. */
const {
  PORT = '8080',
  GATEHOUSE_URL = 'http://127.0.0.1:3000',
  GATEHOUSE_CLIENT_ID = '',
  GATEHOUSE_CLIENT_SECRET = '',
} = process.env;

export const port = Number(PORT);

export const service = {
  issuer: GATEHOUSE_URL,
  clientId: GATEHOUSE_CLIENT_ID,
  clientSecret: GATEHOUSE_CLIENT_SECRET,
};
