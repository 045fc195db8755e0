/** The 140 pairs of letters that are most frequent within English words: 86 of 100 are among them. */
const FREQUENT_PAIRS = new Set(
  (
    'ab ac ad ai al am an ap ar as at av ay be bl ca ce ch ck co ct da de di do ea ec ed ef el em en er ' +
    'es et ev ex fa fi fo fu ge ha he hi ho ic id ie if ig il im in io ir is it je ke la le li ll lo lt ' +
    'lu ly ma me mi mo mp na nc nd ne ng no ns nt ob od of ol om on op or ot ou ov ow pa pe pl po pr pt ' +
    'ra re ri rn ro rr rs rt ry sc se si so sp ss st su ta te th ti to tr ts tt tu ty ue ul um un ur us ' +
    'ut va ve vi wa wh wi yo'
  ).split(' '),
);

/** Nearly all sentences have more. So many of 31 pairs of random letters are frequent once in 30,000 times. */
const SHARE_OF_PAIRS = 0.6;

/** Random text in which letters are few, or of mixed case, has a tenth of it. */
const SHARE_OF_CHARACTERS = 0.4;

/** Three letters or more: small ones, after a capital perhaps, or capitals. */
const WORD = /\p{Lu}?\p{Ll}{2,}|\p{Lu}{3,}/gu;

/**
 * Whether a text is made of words: six of ten pairs of neighbouring letters in its words are frequent in
 * English, and it has four such pairs for every ten letters and digits. Most other languages in Latin
 * letters are like enough. Random bytes in base64 or hexadecimal digits are never taken for words; 32 random
 * small letters are, once in 30,000 times.
 */
export function isMadeOfWords(text: string): boolean {
  const pairs = (text.match(WORD) ?? []).flatMap(pairsOf);
  const frequent = pairs.filter((pair) => FREQUENT_PAIRS.has(pair)).length;
  const characters = text.match(/[\p{L}\p{N}]/gu)?.length ?? 0;
  return (
    frequent > 0 &&
    frequent >= SHARE_OF_PAIRS * pairs.length &&
    frequent >= SHARE_OF_CHARACTERS * characters
  );
}

function pairsOf(word: string): string[] {
  const letters = [...word.toLowerCase()];
  return letters.slice(1).map((letter, index) => `${letters[index]}${letter}`);
}
