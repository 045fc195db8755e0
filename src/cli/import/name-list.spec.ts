import { namesOf, typedList } from './name-list.js';

describe('A list of names', () => {
  it.each([
    ['nick', ['nick']],
    ['nick, shoe size', ['nick', 'shoe size']],
    ['nick,"Name, first"', ['nick', 'Name, first']],
    ['"a ""b""",c', ['a "b"', 'c']],
  ])('is read as the first line of CSV is: %s', async (list, names) => {
    expect(await namesOf(list)).toEqual(names);
  });

  it.each(['nick,"Name, first', 'a "b"'])(
    'is refused if its quotes are not right: %s',
    async (list) => {
      await expect(namesOf(list)).rejects.toThrow(
        /^must be names with commas between, and double /,
      );
    },
  );

  it.each([
    [['nick', 'shoe-size'], 'nick,shoe-size'],
    [['shoe size', 'nick'], "'shoe size,nick'"],
    [['Name, first', 'a "b"'], `'"Name, first","a ""b"""'`],
    [['name,\nfirst', "it's $HOME"], `'"name, first",it'\\''s $HOME'`],
  ])('is typed so that a shell leaves it as it is: %j', (names, typed) => {
    expect(typedList(names)).toBe(typed);
  });
});
