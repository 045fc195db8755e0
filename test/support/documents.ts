import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

export interface CodeBlock {
  language: string;
  text: string;
  /** The heading of the second level that it stands below. */
  section: string;
}

/** The fenced blocks of a document, in their order. */
export function codeBlocksOf(path: string): CodeBlock[] {
  const document = readFileSync(resolve(__dirname, '../..', path), 'utf8');
  let section = '';
  return [...document.matchAll(/^## (.+)$|^```(\w+)\n([^]*?)^```$/gm)].flatMap(
    ([, heading, language = '', text = '']) => {
      section = heading ?? section;
      return heading === undefined ? [{ language, text, section }] : [];
    },
  );
}

/** The one block of a language that a document has. */
export function codeBlockOf(path: string, language: string): string {
  const found = codeBlocksOf(path).filter((block) => block.language === language);
  if (found.length !== 1) throw new Error(`${path} has ${found.length} blocks of ${language}`);
  return found[0]!.text;
}

/** A text with each of these put in the place of what stands there; fails if one does not. */
export function replaced(text: string, replacements: Record<string, string>): string {
  return Object.entries(replacements).reduce((before, [old, fresh]) => {
    if (!before.includes(old)) throw new Error(`There is no "${old}" to replace`);
    return before.replaceAll(old, fresh);
  }, text);
}
