import type { PresentedSecret } from '../mail/mail-secrets.js';
import { DomainError } from '../problems/errors.js';
import { isId } from '../common/random-id.js';
import type { MailSecretBody } from './recovery.dto.js';

/** @throws DomainError `validation-failed` unless there is either a token, or an id and a code */
export function presentedSecret({ token, id, code }: MailSecretBody): PresentedSecret {
  if (token !== undefined && id === undefined && code === undefined) return { token };
  if (token === undefined && id !== undefined && code !== undefined) {
    // No mail has an empty one: what can be no id is looked for as others are.
    return { id: isId(id) ? id : '', code };
  }
  throw new DomainError('validation-failed', {
    detail: 'Send the token of the link, or an id and the code of the mail',
  });
}
