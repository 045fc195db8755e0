import { joinScopes, parseScopes, scopesFault, splitScopes } from './scopes.js';

describe('Scopes', () => {
  it('are read from a text, each once and in its order', () => {
    expect(parseScopes('b a b !#[]~')).toEqual(['b', 'a', '!#[]~']);
  });

  it.each(['', ' ', 'a ', ' a', 'a  b', 'a\tb', 'a"b', 'a\\b', 'é', 'a\u0000'])(
    'are none in "%s"',
    (text) => expect(parseScopes(text)).toBeUndefined(),
  );

  it('are the same after they were joined', () => {
    for (const scopes of [[], ['a'], ['a', 'b']]) {
      expect(splitScopes(joinScopes(scopes))).toEqual(scopes);
    }
  });

  it('are bounded in number and length', () => {
    const many = (count: number) => Array.from({ length: count }, (_, index) => `s${index}`);
    expect(scopesFault(many(64))).toBeUndefined();
    expect(scopesFault(many(65))).toMatch(/at most 64/);
    expect(scopesFault(['x'.repeat(1024)])).toBeUndefined();
    expect(scopesFault(['x'.repeat(1025)])).toMatch(/1024/);
    expect(scopesFault(['a b'])).toMatch(/without spaces/);
  });
});
