import { faultOfRoles } from '../../users/role-rules.js';
import { UsageError } from '../exit-codes.js';
import { USER_ARGUMENT } from './user-command.js';

/** What the arguments of commands about roles mean. */
export const ROLES_ARGUMENTS = {
  arguments: `${USER_ARGUMENT.arguments} <roles...>`,
  argsDescription: { ...USER_ARGUMENT.argsDescription, roles: 'one or more, such as admin' },
};

/** @throws UsageError that names what is no role */
export function requireRoles(roles: readonly string[]): void {
  const fault = faultOfRoles(roles);
  if (fault !== undefined) throw new UsageError(fault);
}
