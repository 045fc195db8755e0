import { meanings, type AccountFormat } from './format.js';

/** Our own fields, under our names and those that many systems give them. */
export const usualNames: AccountFormat = {
  name: 'gatehouse',
  title: 'accounts under their usual names',
  signatures: [],
  meanings: meanings({
    username: 'username user_name login',
    'only-username': 'email email_address',
    password_hash:
      'password_hash password passwd pw_hash pwd_hash encrypted_password hashed_password password_digest',
    salt: 'salt password_salt',
    hash: 'hash',
    iterations: 'iterations',
    salt_is: 'salt_is',
    id: 'id user_id uid',
    created_at:
      'created_at created created_on created_date date_created creation_date create_date joined_at ' +
      'date_joined registered_at registered_on registration_date create_datetime created_datetime',
    disabled:
      'disabled is_disabled inactive is_inactive blocked is_blocked banned is_banned suspended ' +
      'is_suspended deactivated is_deactivated deleted is_deleted locked is_locked',
    enabled: 'enabled is_enabled active is_active',
    disabled_at:
      'disabled_at deactivated_at blocked_at banned_at suspended_at deleted_at locked_at',
    disabled_until: 'disabled_until banned_until blocked_until suspended_until',
    roles: 'roles',
    last_id: 'last_id',
    // Of `users export`: an address is verified by a mail to it, and the secrets of factors are not in it.
    'left-out': 'verified_email factors',
  }),
};

/** Lines of a name, a colon and a hash: of htpasswd, or a Dovecot passwd-file. */
export const htpasswd: AccountFormat = {
  ...usualNames,
  name: 'htpasswd',
  title: 'lines of htpasswd',
};
