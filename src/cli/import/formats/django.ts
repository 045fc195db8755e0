import { isObject, type Fields } from '../fields.js';
import { meanings, type AccountFormat } from './format.js';
import { usualNames } from './usual-names.js';

/** The table `auth_user` of Django, and the entries that its `dumpdata` makes of it. */
export const django: AccountFormat = {
  name: 'django',
  title: 'users of a Django application',
  signatures: [
    ['password', 'is_active', 'date_joined'],
    ['password', 'is_active', 'last_login'],
    ['model', 'fields'],
  ],
  meanings: meanings(
    {
      'else-username': 'email',
      'left-out': 'last_login is_superuser is_staff first_name last_name groups user_permissions',
    },
    usualNames.meanings,
  ),
  unwrap(record) {
    const { model, pk, fields } = record;
    if (typeof model !== 'string' || !isObject(fields)) return record;
    if (!('password' in fields)) return undefined;
    return { id: pk, ...fields } satisfies Fields;
  },
};
