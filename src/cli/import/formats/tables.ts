import { meanings, type AccountFormat } from './format.js';
import { usualNames } from './usual-names.js';

const usual = usualNames.meanings;

/** Flask applications, whose hashes Werkzeug makes, with the columns of Flask-Security and Flask-User. */
export const werkzeug: AccountFormat = {
  name: 'werkzeug',
  title: 'users of a Flask application',
  signatures: [['fs_uniquifier'], ['email_confirmed_at', 'password', 'active']],
  meanings: meanings(
    {
      'else-username': 'email',
      'left-out':
        'fs_uniquifier fs_token_uniquifier confirmed_at email_confirmed_at first_name last_name ' +
        'last_login_at current_login_at last_login_ip current_login_ip login_count update_datetime ' +
        'updated_at tf_primary_method tf_totp_secret tf_phone_number us_totp_secrets us_phone_number ' +
        'mf_recovery_codes security_number',
    },
    usual,
  ),
};

/** Rails applications with Devise. */
export const devise: AccountFormat = {
  name: 'devise',
  title: 'users of a Rails application with Devise',
  signatures: [
    ['encrypted_password', 'reset_password_token'],
    ['encrypted_password', 'remember_created_at'],
  ],
  meanings: meanings(
    {
      'else-username': 'email',
      'left-out':
        'reset_password_token reset_password_sent_at remember_created_at sign_in_count ' +
        'current_sign_in_at last_sign_in_at current_sign_in_ip last_sign_in_ip confirmation_token ' +
        'confirmed_at confirmation_sent_at unconfirmed_email failed_attempts unlock_token updated_at',
    },
    usual,
  ),
};

/** The table `auth.users` of Supabase, which its part GoTrue keeps. Its ids are UUIDs. */
export const supabase: AccountFormat = {
  name: 'supabase',
  title: 'users of Supabase',
  signatures: [
    ['encrypted_password', 'raw_user_meta_data'],
    ['encrypted_password', 'aud'],
  ],
  meanings: meanings({
    username: 'email',
    'else-username': 'phone',
    password_hash: 'encrypted_password',
    created_at: 'created_at',
    disabled_at: 'deleted_at',
    disabled_until: 'banned_until',
    'left-out':
      'instance_id id aud role email_confirmed_at invited_at confirmation_token confirmation_sent_at ' +
      'recovery_token recovery_sent_at email_change_token_new email_change email_change_sent_at ' +
      'last_sign_in_at raw_app_meta_data raw_user_meta_data is_super_admin updated_at ' +
      'phone_confirmed_at phone_change phone_change_token phone_change_sent_at confirmed_at ' +
      'email_change_token_current email_change_confirm_status reauthentication_token ' +
      'reauthentication_sent_at is_sso_user is_anonymous',
  }),
};

/** The table `AspNetUsers` of ASP.NET Core Identity. Its ids are texts. */
export const aspnet: AccountFormat = {
  name: 'aspnet',
  title: 'users of ASP.NET Core Identity',
  signatures: [
    ['NormalizedUserName', 'PasswordHash'],
    ['SecurityStamp', 'PasswordHash'],
  ],
  meanings: meanings({
    username: 'UserName',
    'else-username': 'Email',
    password_hash: 'PasswordHash',
    disabled_until: 'LockoutEnd',
    'left-out':
      'Id NormalizedUserName NormalizedEmail EmailConfirmed SecurityStamp ConcurrencyStamp ' +
      'PhoneNumber PhoneNumberConfirmed TwoFactorEnabled LockoutEnabled AccessFailedCount',
  }),
};

/** The lines of Auth0's export of a database connection. Its ids are texts. */
export const auth0: AccountFormat = {
  name: 'auth0',
  title: 'users of Auth0',
  signatures: [
    ['passwordHash', 'connection'],
    ['passwordHash', 'tenant'],
    ['passwordHash', 'email_verified'],
  ],
  meanings: meanings({
    username: 'username',
    'else-username': 'email',
    password_hash: 'passwordHash',
    created_at: 'created_at',
    disabled: 'blocked',
    'left-out':
      '_id user_id email_verified password_set_date tenant connection _tmp_is_unique identities ' +
      'name nickname given_name family_name picture phone_number phone_verified updated_at ' +
      'last_login last_ip logins_count last_password_reset app_metadata user_metadata ' +
      'multifactor mfa_factors blocked_for version',
  }),
};
