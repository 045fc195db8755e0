import { FormParameters } from './form-parameters.js';

const INVALID = expect.objectContaining({ code: 'invalid_request' }) as unknown;

describe('The parameters of a form', () => {
  it('are decoded, plus signs and escapes', () => {
    const form = FormParameters.parse('scope=a+b%20c%2B&%74oken=%C3%A9=x');
    expect([form.get('scope'), form.get('token')]).toEqual(['a b c+', 'é=x']);
  });

  it('are missing if they are empty, absent or unknown', () => {
    for (const text of ['', 'token', 'token=', '&&', 'other=x', 'Token=x']) {
      const form = FormParameters.parse(text);
      expect(form.get('token')).toBeUndefined();
      expect(() => form.require('token')).toThrow(INVALID as Error);
    }
  });

  it.each(['token=a&token=a', 'token=&token=a', 'token=a&%74oken=b', 'x=%', 'x=%ff', '%zz=1'])(
    'are refused if they cannot be read in one way: %s',
    (text) => expect(() => FormParameters.parse(text)).toThrow(INVALID as Error),
  );

  it('may have anything in what is ignored', () => {
    expect(FormParameters.parse('x=1&x=2&__proto__=1&token=a').get('token')).toBe('a');
  });
});
