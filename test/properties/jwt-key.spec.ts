import { randomBytes } from 'node:crypto';
import { keyFault } from '../../src/config/jwt-key.js';

describe('A signing key', () => {
  it.each(['hex', 'base64', 'base64url'] as const)('may be any 32 random bytes in %s', (form) => {
    for (let count = 0; count < 5_000; count += 1) {
      expect(keyFault(randomBytes(32).toString(form))).toBeUndefined();
    }
  });
});
