import { fromFirebase, type FirebasePassword } from '../../../users/passwords/formats/firebase.js';
import { CommandFailure } from '../../exit-codes.js';
import { isObject, plainName, type Fields } from '../fields.js';
import { meanings, type AccountFormat } from './format.js';

const WHERE =
  'Firebase console, Authentication, Users, the menu above the list, Password hash parameters';

/** The users that `firebase auth:export users.json` writes. Their ids are texts. */
export const firebase: AccountFormat = {
  name: 'firebase',
  title: 'users of Firebase',
  signatures: [['localId']],
  beside: 'anything',
  meanings: meanings({
    'else-username': 'email phoneNumber',
    created_at_ms: 'createdAt',
    disabled: 'disabled',
    'hash-part': 'passwordHash salt',
    'left-out':
      'localId emailVerified displayName photoUrl lastSignedInAt lastLoginAt lastRefreshAt ' +
      'providerUserInfo customAttributes customAuth mfaInfo passwordUpdatedAt validSince tenantId ' +
      'screenName initialEmail emailLinkSignin rawPassword version',
  }),
  settingsOf(beside, settings) {
    const embedded = Object.entries(beside).find(([name]) =>
      plainName(name).includes('hashconfig'),
    );
    const config = settings.hashConfig ?? embedded?.[1];
    if (isObject(config)) {
      configOf(config);
      return { ...settings, hashConfig: config };
    }
    const message = `Firebase's hashes cannot be verified without its parameters of the project: give them with --hash-config FILE (${WHERE})`;
    throw new CommandFailure('hash-config-missing', message);
  },
  hashOf({ passwordHash, salt }, { hashConfig = {} }) {
    if (typeof passwordHash !== 'string') throw new Error('it has no password');
    return fromFirebase({
      ...configOf(hashConfig),
      passwordHash,
      salt: typeof salt === 'string' ? salt : '',
    });
  },
};

/** @throws CommandFailure that names the parameter that will not do, and shows none: one is secret */
function configOf(config: Fields): Omit<FirebasePassword, 'passwordHash' | 'salt'> {
  const { algorithm = 'SCRYPT', rounds, mem_cost } = config;
  const { base64_signer_key: signerKey, base64_salt_separator: saltSeparator } = config;
  if (algorithm !== 'SCRYPT') throw wrong('algorithm', 'SCRYPT');
  if (typeof signerKey !== 'string') throw wrong('base64_signer_key', 'a text of base64');
  if (typeof saltSeparator !== 'string') throw wrong('base64_salt_separator', 'a text of base64');
  const numbers = { rounds: Number(rounds), memCost: Number(mem_cost) };
  if (!Number.isInteger(numbers.rounds)) throw wrong('rounds', 'a whole number');
  if (!Number.isInteger(numbers.memCost)) throw wrong('mem_cost', 'a whole number');
  return { signerKey, saltSeparator, ...numbers };
}

function wrong(name: string, wanted: string): CommandFailure {
  return new CommandFailure('hash-config', `Firebase's hash config: ${name} must be ${wanted}`);
}
