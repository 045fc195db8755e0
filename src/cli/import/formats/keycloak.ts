import { fromKeycloak } from '../../../users/passwords/formats/keycloak.js';
import { isObject, type Fields } from '../fields.js';
import { meanings, type AccountFormat } from './format.js';

/** The users of a realm, as `kc.sh export` writes them. Their ids are UUIDs. */
export const keycloak: AccountFormat = {
  name: 'keycloak',
  title: 'users of a Keycloak realm',
  signatures: [
    ['username', 'credentials'],
    ['username', 'createdTimestamp', 'enabled'],
    ['username', 'realm'],
  ],
  beside: 'anything',
  meanings: meanings({
    username: 'username',
    'else-username': 'email',
    enabled: 'enabled',
    created_at_ms: 'createdTimestamp',
    'hash-part': 'credentials',
    'left-out':
      'id emailVerified firstName lastName attributes realmRoles clientRoles applicationRoles groups ' +
      'requiredActions disableableCredentialTypes totp notBefore access origin self federationLink ' +
      'federatedIdentities socialLinks clientConsents serviceAccountClientId userProfileMetadata',
  }),
  hashOf({ credentials }) {
    const all = Array.isArray(credentials) ? credentials.filter(isObject) : [];
    const password = all.find(({ type }) => type === 'password');
    if (!password) throw new Error('it has no password');
    const { algorithm, hashIterations, additionalParameters, ...secret } = partsOf(password);
    return fromKeycloak({
      algorithm: textOf('algorithm', algorithm),
      hashIterations: Number(hashIterations),
      additionalParameters: textsOf(additionalParameters),
      value: textOf('value', secret.value),
      salt: textOf('salt', secret.salt),
    });
  },
};

/** Since version 8 two texts of JSON; fields of the credential before. */
function partsOf(credential: Fields): Fields {
  if (credential.secretData === undefined) {
    return { ...credential, value: credential.hashedSaltedValue };
  }
  return { ...objectOf(credential.secretData), ...objectOf(credential.credentialData) };
}

function objectOf(data: unknown): Fields {
  try {
    const value: unknown = typeof data === 'string' ? JSON.parse(data) : data;
    if (isObject(value)) return value;
  } catch {
    // The parser's own message would show some of the hash.
  }
  throw new Error('the credential of its password is not as Keycloak writes it');
}

function textOf(name: string, value: unknown): string {
  if (typeof value !== 'string') throw new Error(`the credential of its password has no ${name}`);
  return value;
}

/** Each is a text, or a list with one. */
function textsOf(parameters: unknown): Record<string, string> {
  const entries = Object.entries(isObject(parameters) ? parameters : {});
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]));
}
