/** The service's own parameters for a password's hash (`src/users/passwords`). */
export const ARGON2 = { memoryCost: 19 * 1024, timeCost: 2, parallelism: 1 };
