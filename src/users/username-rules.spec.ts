import { canonicalUsername, type UsernameRefusal } from './username-rules.js';

const accepted: readonly (readonly [behaviour: string, input: string, username: string])[] = [
  ['keeps an address with an at sign', 'juliet@example.com', 'juliet@example.com'],
  [
    'keeps ASCII punctuation',
    '!"#$%&\'()*+,-./;<=>?@[\\]^_`{|}~',
    '!"#$%&\'()*+,-./;<=>?@[\\]^_`{|}~',
  ],
  ['keeps fussball', 'fussball', 'fussball'],
  ['keeps sharp s apart from ss', 'fußball', 'fußball'],
  ['maps capital sharp s to sharp s', 'FUẞBALL', 'fußball'],
  ['maps ASCII capitals to lower case', 'JuLiEt', 'juliet'],
  ['keeps lower-case Greek', 'ππππ', 'ππππ'],
  ['maps Greek capitals to lower case', 'ΠΠΠΠ', 'ππππ'],
  ['maps a capital sigma at the end of a word to final sigma', 'ΣΣΣΣ', 'σσσς'],
  ['keeps a small sigma at the end of a word', 'σσσσ', 'σσσσ'],
  ['keeps a final sigma where no word ends', 'ςςςς', 'ςςςς'],
  ['maps Cyrillic capitals to lower case', 'ИВАНОВ', 'иванов'],
  ['maps dotted capital I to i with a dot, in every locale', '\u0130zmir', 'i\u0307zmir'],
  ['maps decomposed dotted capital I like the composed one', 'I\u0307zmir', 'i\u0307zmir'],
  ['maps capital I to dotted i, in every locale', 'IIII', 'iiii'],
  ['keeps a composed é', 'ren\u00E9e', 'ren\u00E9e'],
  ['composes a decomposed é', 'rene\u0301e', 'ren\u00E9e'],
  ['orders combining marks', 'que\u0302\u0323n', 'qu\u1EC7n'],
  ['maps the Kelvin sign to k', '\u212Aevin', 'kevin'],
  ['maps fullwidth letters and digits to ASCII', 'ＪＵＬＩＥＴ１', 'juliet1'],
  ['maps halfwidth katakana and composes its voiced mark', 'ｶﾞｷﾞｸﾞｹﾞ', 'ガギグゲ'],
  ['composes decomposed modern Hangul', '가나다라'.normalize('NFD'), '가나다라'],
  ['keeps Chinese with the ideographic zero', '二〇二〇', '二〇二〇'],
  ['keeps a Catalan middle dot between two letters l', 'col·legi', 'col·legi'],
  ['maps capitals around a Catalan middle dot', 'COL·LEGI', 'col·legi'],
  ['keeps a Greek numeral sign before a Greek letter', 'αβγ͵δ', 'αβγ͵δ'],
  ['keeps a katakana middle dot in Japanese', 'ジョン・スミス', 'ジョン・スミス'],
  ['maps a halfwidth katakana middle dot', 'ｱｲ･ｳ', 'アイ・ウ'],
  ['keeps Hebrew', 'שלום', 'שלום'],
  ['keeps Hebrew with points at its end', 'שלוםָ', 'שלוםָ'],
  ['keeps Hebrew with a combining accent at its end', 'שלום\u0301', 'שלום\u0301'],
  ['keeps a geresh after a Hebrew letter', 'ג׳ורג׳', 'ג׳ורג׳'],
  ['keeps gershayim after a Hebrew letter', 'רמב״ם', 'רמב״ם'],
  ['keeps Hebrew with European digits at its end', 'שלום42', 'שלום42'],
  ['keeps Hebrew with punctuation inside', 'שלום-רב', 'שלום-רב'],
  ['keeps Arabic with Arabic-Indic digits', 'محمد٤٢', 'محمد٤٢'],
  ['keeps Persian with extended Arabic-Indic digits', 'محمد۴۲', 'محمد۴۲'],
  ['keeps N’Ko digits, which run from right to left', 'ߒߞߏ߁', 'ߒߞߏ߁'],
  ['keeps Devanagari with its signs', 'हिन्दी', 'हिन्दी'],
];

const refused: readonly (readonly [behaviour: string, input: string, reason: UsernameRefusal])[] = [
  ['refuses the empty name', '', 'too-short'],
  ['refuses a space', 'foo bar', 'disallowed-characters'],
  ['refuses an ideographic space', 'foo\u3000bar', 'disallowed-characters'],
  ['refuses a no-break space', 'foo\u00A0bar', 'disallowed-characters'],
  ['refuses a Roman numeral', 'henryⅣ', 'disallowed-characters'],
  ['refuses a chess king', '♚♚♚♚', 'disallowed-characters'],
  ['refuses infinity signs', '∞∞∞∞', 'disallowed-characters'],
  ['refuses emoji', 'juliet😀', 'disallowed-characters'],
  ['refuses punctuation beyond ASCII', 'foo—bar', 'disallowed-characters'],
  ['refuses a ligature', 'o\uFB03ce', 'disallowed-characters'],
  ['refuses long s', 'mi\u017Fs', 'disallowed-characters'],
  ['refuses a titlecase digraph', '\u01C5erba', 'disallowed-characters'],
  ['refuses superscript digits', 'juliet²', 'disallowed-characters'],
  ['refuses mathematical letters', '𝐣𝐮𝐥𝐢𝐞𝐭', 'disallowed-characters'],
  ['refuses halfwidth Hangul', 'ﾡￂﾡￂﾡￂﾡￂ', 'disallowed-characters'],
  ['refuses old Hangul jamo', '\u1113\u1161\u1113\u1161', 'disallowed-characters'],
  ['refuses Arabic tatweel', 'مح\u0640مد', 'disallowed-characters'],
  ['refuses a zero-width space', 'juli\u200Bet', 'disallowed-characters'],
  ['refuses a zero-width joiner', 'juli\u200Det', 'disallowed-characters'],
  ['refuses a joiner even if RFC 5892 allows it', 'क्\u200Dषक', 'disallowed-characters'],
  ['refuses a non-joiner even if RFC 5892 allows it', 'می\u200Cخواهم', 'disallowed-characters'],
  ['refuses a right-to-left override', 'juli\u202Eet', 'disallowed-characters'],
  ['refuses a right-to-left isolate', 'juli\u2067et', 'disallowed-characters'],
  ['refuses a right-to-left mark', 'שלו\u200Fם', 'disallowed-characters'],
  ['refuses an enclosing mark', 'juliet\u20DD', 'disallowed-characters'],
  ['refuses a soft hyphen', 'juli\u00ADet', 'disallowed-characters'],
  ['refuses a variation selector', 'juliet\uFE0F', 'disallowed-characters'],
  ['refuses a combining grapheme joiner', 'juli\u034Fet', 'disallowed-characters'],
  ['refuses a byte order mark', '\uFEFFjuliet', 'disallowed-characters'],
  ['refuses a tag character', 'juliet\u{E0061}', 'disallowed-characters'],
  ['refuses an unassigned code point', 'juliet\u0378', 'disallowed-characters'],
  ['refuses a noncharacter', 'juliet\uFFFF', 'disallowed-characters'],
  ['refuses a private-use code point', 'juliet\uE000', 'disallowed-characters'],
  ['refuses a lone high surrogate', 'juliet\uD800', 'disallowed-characters'],
  ['refuses a lone low surrogate', '\uDC00juliet', 'disallowed-characters'],
  ['refuses a colon', 'foo:bar', 'disallowed-characters'],
  ['refuses a fullwidth colon', 'foo：bar', 'disallowed-characters'],
  ['refuses NUL', 'foo\0bar', 'disallowed-characters'],
  ['refuses a tab', 'foo\tbar', 'disallowed-characters'],
  ['refuses a line feed at the end', 'foobar\n', 'disallowed-characters'],
  ['refuses a Catalan middle dot after another letter', 'coa·legi', 'misplaced-characters'],
  ['refuses a Catalan middle dot before another letter', 'col·aegi', 'misplaced-characters'],
  ['refuses a Catalan middle dot at the end', 'coll·', 'misplaced-characters'],
  ['refuses a Greek numeral sign before a Latin letter', 'αβγ͵d', 'misplaced-characters'],
  ['refuses a Greek numeral sign at the end', 'αβγδ͵', 'misplaced-characters'],
  ['refuses a geresh after an Arabic letter', 'محمد׳', 'misplaced-characters'],
  ['refuses gershayim at the beginning', '״שלום', 'misplaced-characters'],
  ['refuses a katakana middle dot without Japanese', 'john・smith', 'misplaced-characters'],
  ['refuses Arabic-Indic with extended digits in one name', 'محمد٤۲', 'mixed-directions'],
  ['refuses Arabic-Indic before European digits in one name', 'محمد٤2', 'mixed-directions'],
  ['refuses European before Arabic-Indic digits in one name', 'محمد2٤', 'mixed-directions'],
  ['refuses Rohingya with European digits in one name', '𐴀𐴁𐴂\u{10D30}2', 'mixed-directions'],
  ['refuses Latin after Hebrew', 'שלוםabcd', 'mixed-directions'],
  ['refuses Hebrew after Latin', 'abcdשלום', 'mixed-directions'],
  ['refuses a Hebrew name with a Latin domain', 'שלום@example.com', 'mixed-directions'],
  ['refuses Devanagari digits inside Hebrew', 'של४ום', 'mixed-directions'],
  ['refuses a digit before Hebrew', '1שלום', 'mixed-directions'],
  ['refuses punctuation before Hebrew', '-שלום', 'mixed-directions'],
  ['refuses punctuation after Hebrew', 'שלום-', 'mixed-directions'],
  ['refuses punctuation with a point after Hebrew', 'שלום-\u05B8', 'mixed-directions'],
  ['refuses a Hebrew point before Hebrew', '\u05B8שלום', 'mixed-directions'],
  ['refuses a combining mark before Hebrew', '\u0301שלום', 'mixed-directions'],
  ['refuses Arabic-Indic digits after Latin', 'abcd٤٢', 'mixed-directions'],
  ['refuses Arabic-Indic digits alone', '١٢٣٤', 'mixed-directions'],
];

const gothic = '\u{10330}';
const lengths: readonly (readonly [behaviour: string, input: string, outcome: string])[] = [
  ['refuses 3 astral letters', gothic.repeat(3), 'too-short'],
  ['accepts 4 astral letters', gothic.repeat(4), gothic.repeat(4)],
  ['accepts 80 astral letters', gothic.repeat(80), gothic.repeat(80)],
  ['refuses 81 astral letters', gothic.repeat(81), 'too-long'],
  ['counts composed letters, not typed marks', 'e\u0301e\u0301e\u0301', 'too-short'],
  ['counts the marks that case mapping adds', '\u0130'.repeat(41), 'too-long'],
  [
    'accepts 80 letters of four code points each',
    'α\u0313\u0300\u0345'.repeat(80),
    '\u1F82'.repeat(80),
  ],
];

function outcomeOf(input: string): string {
  const result = canonicalUsername(input);
  return 'username' in result ? result.username : result.reason;
}

function refusalOf(input: string): string | undefined {
  const result = canonicalUsername(input);
  return 'refusal' in result ? result.refusal : undefined;
}

describe('canonicalUsername', () => {
  it.each(accepted)('%s', (_behaviour, input, username) => {
    expect(canonicalUsername(input)).toEqual({ username });
  });

  it.each(accepted)('%s, and a second time the same', (_behaviour, _input, username) => {
    expect(canonicalUsername(username)).toEqual({ username });
  });

  it.each(refused)('%s', (_behaviour, input, reason) => {
    expect(canonicalUsername(input)).toEqual({ refusal: expect.stringMatching(/^m/u), reason });
  });

  it.each(lengths)('%s', (_behaviour, input, outcome) => {
    expect(outcomeOf(input)).toBe(outcome);
  });

  it('says in its refusal what the person can change', () => {
    expect(refusalOf('abc')).toBe('must have 4 to 80 characters');
    expect(refusalOf('a'.repeat(81))).toBe('must have 4 to 80 characters');
    expect(refusalOf('foo bar')).toBe('must not contain spaces');
    expect(refusalOf('foo:bar')).toBe('must not contain ":" (U+003A)');
    expect(refusalOf('henry♚')).toBe('must not contain "♚" (U+265A)');
    expect(refusalOf('coll·')).toBe('may have a middle dot only between two letters l');
    expect(refusalOf('abcdשלום')).toBe('must not mix right-to-left with left-to-right characters');
  });

  it('does not repeat invisible characters in its refusal', () => {
    expect(refusalOf('juli\u202Eet')).toBe('must not contain U+202E');
    expect(refusalOf('juli\u3164et')).toBe('must not contain U+3164');
    expect(refusalOf('foo\0bar')).toBe('must not contain U+0000');
  });

  it('refuses an input far too long before it maps any of it', () => {
    const normalize = jest.spyOn(String.prototype, 'normalize');
    const toLowerCase = jest.spyOn(String.prototype, 'toLowerCase');
    const outcome = outcomeOf('a'.repeat(641));
    const mappings = normalize.mock.calls.length + toLowerCase.mock.calls.length;
    jest.restoreAllMocks();
    expect([outcome, mappings]).toEqual(['too-long', 0]);
  });
});
