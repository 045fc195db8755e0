/** How many roles a user has at the most. */
const MAX_ROLES = 32;

const ROLE = /^[a-z][a-z0-9_.:-]{0,63}$/;

/** Whether a role can be called so. */
function isRole(name: string): boolean {
  return ROLE.test(name);
}

/** What is wrong with a set of roles, in words for the person who gave it; undefined if nothing is. */
export function faultOfRoles(roles: readonly string[]): string | undefined {
  const wrong = roles.find((role) => !isRole(role));
  if (wrong !== undefined) {
    return `Not a role: ${wrong.slice(0, 80)} (a to z first, then also 0 to 9 and _ . : -, 64 characters at most)`;
  }
  return new Set(roles).size > MAX_ROLES ? `A user has at most ${MAX_ROLES} roles` : undefined;
}
