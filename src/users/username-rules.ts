/** Why a username was refused, for programs. The sentence fragment beside it is for the person. */
export type UsernameRefusal =
  | 'too-short'
  | 'too-long'
  | 'mixed-directions'
  | 'disallowed-characters'
  | 'misplaced-characters'
  | 'unstable'
  | 'form-of-a-key';

type RefusedUsername = { readonly refusal: string; readonly reason: UsernameRefusal };

/**
 * The canonical username, or the refusal: a fragment that completes a sentence which begins with
 * 'The username', such as 'must have 4 to 80 characters'.
 */
export type UsernameResult = { readonly username: string } | RefusedUsername;

type Rule = readonly [violation: RegExp, refusal: string];

const SHORTEST_USERNAME = 4;
const LONGEST_USERNAME = 80;
const LENGTH_REFUSAL = `must have ${SHORTEST_USERNAME} to ${LONGEST_USERNAME} characters`;

// No mapping drops a code point and only NFC joins some: at most four into one (Unicode Standard
// Annex 15), each of at most two code units. So no text longer than this can fit in the end.
const LONGEST_INPUT = LONGEST_USERNAME * 4 * 2;

// The other halfwidth and fullwidth code points are refused mapped or not: symbols, and halfwidth
// jamo, which NFKC would take past its width mapping to jamo that NFC composes and so accepts.
const WIDE_OR_NARROW = /[\uFF01-\uFF9F]/gu;

// JavaScript cannot ask for Bidi_Class: these stand for its values NSM, EN, AN, R with AL, L and the
// neutral ones, as far as identifiers have them, the first match deciding. Single letters, so that
// the Bidi Rule reads as patterns. Wrong for some 30 rare modifier letters and marks only.
const DIRECTIONS: readonly (readonly [letter: string, codePoints: RegExp])[] = [
  ['M', /\p{Mn}/u],
  ['E', /[0-9\u06F0-\u06F9]/u],
  ['A', /[\u0660-\u0669\u{10D30}-\u{10D39}]/u],
  ['R', /[\u0590-\u08FF\uFB1D-\uFDFF\uFE70-\uFEFE\u{10800}-\u{10FFF}\u{1E800}-\u{1EFFF}]/u],
  ['L', /[\p{L}\p{Nd}\p{Mc}\u0F0B\u3007]/u],
  ['O', /[^]/u],
];

const BIDI_RULES: readonly Rule[] = [
  [/L/u, 'must not mix right-to-left with left-to-right characters'],
  [/^[^R]/u, 'must begin with a letter if it has right-to-left characters'],
  [/[^REAM]M*$/u, 'must end with a letter or digit if it has right-to-left characters'],
  [/E.*A|A.*E/u, 'must not mix Arabic-Indic with other digits'],
];

// RFC 7617 keeps the colon, ASCII too, as the separator between user-id and password.
const ALWAYS_VALID = /[!-9;-~\u00DF\u03C2\u06FD\u06FE\u0F0B\u3007]/u;
const VALID_IN_CONTEXT = /[\u00B7\u0375\u05F3\u05F4\u0660-\u0669\u06F0-\u06F9\u30FB]/u;
// Unassigned, private-use, control and noncharacter code points and surrogates are none of these.
const LETTER_OR_DIGIT = /[\p{Ll}\p{Lu}\p{Lo}\p{Nd}\p{Lm}\p{Mn}\p{Mc}]/u;
const DISALLOWED_EXCEPTION = /[\u0640\u07FA\u302E\u302F\u3031-\u3035\u303B]/u;
const OLD_HANGUL_JAMO = /[\u1100-\u11FF\uA960-\uA97C\uD7B0-\uD7C6\uD7CB-\uD7FB]/u;

// Also refuses the joiners U+200C and U+200D, which RFC 5892 allows in some contexts: a name with
// one and the same name without it can look the same, and no one should get an invisible twin.
const IGNORABLE = /\p{Default_Ignorable_Code_Point}/u;

// Appendix A.8 and A.9, two kinds of Arabic digits in one name, are refused by the Bidi Rule already.
const CONTEXT_RULES: readonly Rule[] = [
  [/(?<!l)\u00B7|\u00B7(?!l)/u, 'may have a middle dot only between two letters l'],
  [/\u0375(?!\p{Script=Greek})/u, 'may have a Greek numeral sign only before Greek letters'],
  [/(?<!\p{Script=Hebrew})[\u05F3\u05F4]/u, 'may have Hebrew marks only after Hebrew letters'],
  [
    /^(?!.*[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]).*\u30FB/u,
    'may have a Japanese middle dot only with Japanese or Chinese characters',
  ],
];

/**
 * The one canonical form of a username: the UsernameCaseMapped profile of RFC 8265 section 3.3, its
 * rules in the order of RFC 8264 section 7, of 4 to 80 code points and without colon (RFC 7617).
 */
export function canonicalUsername(input: string): UsernameResult {
  if (input.length > LONGEST_INPUT) return { refusal: LENGTH_REFUSAL, reason: 'too-long' };
  const username = mapped(input);
  return (
    lengthRefusal(username) ??
    directionRefusal(username) ??
    characterRefusal(username) ??
    contextRefusal(username) ??
    stabilityRefusal(username) ?? { username }
  );
}

/** Width, case and normalization rules of RFC 8265 section 3.3.1. */
function mapped(input: string): string {
  const widthMapped = input.replace(WIDE_OR_NARROW, (codePoint) => codePoint.normalize('NFKC'));
  return widthMapped.toLowerCase().normalize('NFC');
}

function lengthRefusal(username: string): RefusedUsername | undefined {
  const length = [...username].length;
  if (length < SHORTEST_USERNAME) return { refusal: LENGTH_REFUSAL, reason: 'too-short' };
  if (length > LONGEST_USERNAME) return { refusal: LENGTH_REFUSAL, reason: 'too-long' };
  return undefined;
}

/** The Bidi Rule of RFC 5893 section 2, for names that have right-to-left code points. */
function directionRefusal(username: string): RefusedUsername | undefined {
  const directions = [...username].map(directionOf).join('');
  return /[RA]/u.test(directions)
    ? brokenRule(directions, BIDI_RULES, 'mixed-directions')
    : undefined;
}

function directionOf(codePoint: string): string | undefined {
  return DIRECTIONS.find(([, codePoints]) => codePoints.test(codePoint))?.[0];
}

function characterRefusal(username: string): RefusedUsername | undefined {
  const disallowed = [...username].find((codePoint) => !isInIdentifierClass(codePoint));
  if (disallowed === undefined) return undefined;
  return { refusal: `must not contain ${named(disallowed)}`, reason: 'disallowed-characters' };
}

/** The derived property of RFC 8264 section 8; context rules are for contextRefusal to check. */
function isInIdentifierClass(codePoint: string): boolean {
  if (ALWAYS_VALID.test(codePoint) || VALID_IN_CONTEXT.test(codePoint)) return true;
  return (
    LETTER_OR_DIGIT.test(codePoint) &&
    ![DISALLOWED_EXCEPTION, OLD_HANGUL_JAMO, IGNORABLE].some((set) => set.test(codePoint)) &&
    codePoint.normalize('NFKC') === codePoint
  );
}

function named(codePoint: string): string {
  if (/\p{Zs}/u.test(codePoint)) return 'spaces';
  const hexadecimal = codePoint.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0');
  const isVisible = /[\p{L}\p{N}\p{P}\p{S}]/u.test(codePoint) && !IGNORABLE.test(codePoint);
  return isVisible ? `"${codePoint}" (U+${hexadecimal})` : `U+${hexadecimal}`;
}

/** The contextual rules of RFC 5892 appendix A.3 to A.7. */
function contextRefusal(username: string): RefusedUsername | undefined {
  return brokenRule(username, CONTEXT_RULES, 'misplaced-characters');
}

// No code point of today's Unicode gets here; a later one must not make two names of an account.
function stabilityRefusal(username: string): RefusedUsername | undefined {
  if (mapped(username) === username) return undefined;
  return { refusal: 'must not change when it is normalized again', reason: 'unstable' };
}

function brokenRule(
  text: string,
  rules: readonly Rule[],
  reason: UsernameRefusal,
): RefusedUsername | undefined {
  const broken = rules.find(([violation]) => violation.test(text));
  return broken && { refusal: broken[1], reason };
}
