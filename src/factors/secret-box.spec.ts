import { SecretBox } from './secret-box.js';

const SECRET = Buffer.from('12345678901234567890');

describe('A box of secrets', () => {
  it('opens what it sealed, and seals the same differently each time', () => {
    const box = new SecretBox(['the newest key']);
    const sealed = [box.seal(SECRET, 'a place'), box.seal(SECRET, 'a place')];
    expect(sealed[0]).not.toBe(sealed[1]);
    for (const each of sealed) {
      expect(box.open(each, 'a place')).toEqual({ secret: SECRET, isNewest: true });
      expect(Buffer.from(each, 'base64url').includes(SECRET)).toBe(false);
    }
  });

  it('opens nothing in another place (S110)', () => {
    const box = new SecretBox(['the newest key']);
    expect(box.open(box.seal(SECRET, 'a place'), 'another place')).toBeUndefined();
  });

  it('opens what a previous key sealed, and says so', () => {
    const sealed = new SecretBox(['a previous key']).seal(SECRET, 'a place');
    expect(new SecretBox(['the newest key', 'a previous key']).open(sealed, 'a place')).toEqual({
      secret: SECRET,
      isNewest: false,
    });
    expect(new SecretBox(['the newest key']).open(sealed, 'a place')).toBeUndefined();
    expect(new SecretBox([]).open(sealed, 'a place')).toBeUndefined();
  });

  it('opens nothing that was altered or cut', () => {
    const box = new SecretBox(['the newest key']);
    const bytes = Buffer.from(box.seal(SECRET, 'a place'), 'base64url');
    for (let index = 0; index < bytes.length; index += 1) {
      const altered = Buffer.from(bytes);
      altered.writeUInt8(altered.readUInt8(index) ^ 1, index);
      expect(box.open(altered.toString('base64url'), 'a place')).toBeUndefined();
      const cut = bytes.subarray(0, index).toString('base64url');
      expect(box.open(cut, 'a place')).toBeUndefined();
    }
  });

  it('seals nothing without a key', () => {
    const box = new SecretBox([]);
    expect(box.canSeal).toBe(false);
    expect(() => box.seal(SECRET, 'a place')).toThrow('without a key');
  });
});
