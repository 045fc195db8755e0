import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigurationError } from '../config/configuration-error.js';
import { readTextFile, UnreadableFile } from '../config/text-file.js';
import { MAIL_KINDS, type MailKind } from './mail-kinds.js';

/** Those that ship with the service. */
const BUILT_IN = join(import.meta.dirname, 'templates');

/** Every text has these, and those of its kind. */
const COMMON = ['service', 'account_url', 'username'] as const;
const OWN = {
  'verify-address': ['link', 'code'],
  'reset-password': ['link', 'code', 'factors'],
  'address-changed': ['new_address'],
  'address-removed': [],
  'password-changed': [],
  'factor-added': ['factor'],
  'factor-removed': ['factor'],
  'recovery-codes-made': [],
} as const satisfies Record<MailKind, readonly string[]>;

/** What stands for `{{NAME}}` in a template. */
export type TemplateValues = Partial<
  Record<(typeof COMMON)[number] | (typeof OWN)[MailKind][number], string>
>;

export interface RenderedMail {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

interface Template {
  /** Its first line is `Subject: …`, and the second is empty. */
  readonly text: string;
  readonly html: string;
}

const PLACE = /\{\{\s*([^{}]*?)\s*\}\}/g;
const PARTS = /^Subject: *(\S[^\r\n]*)\r?\n\r?\n([^]*\S[^]*)$/;

/** The texts of mails, from one folder. */
export class MailTemplates {
  private constructor(private readonly templates: ReadonlyMap<MailKind, Template>) {}

  /**
   * Reads the built-in texts, in whose place come those of a folder.
   * @throws ConfigurationError naming every file that will not do
   */
  static load(folder: string | undefined): MailTemplates {
    const own = folder === undefined ? [] : readdirSync(folder).filter(isTemplateName);
    const faults = own.filter((name) => !NAMES.has(name)).map((name) => `${name} is of no mail`);
    const templates = new Map<MailKind, Template>();
    for (const kind of MAIL_KINDS) {
      const read = (name: string) =>
        readTemplate(own.includes(name) && folder ? folder : BUILT_IN, name);
      try {
        const template = { text: read(`${kind}.txt`), html: read(`${kind}.html`) };
        faults.push(...faultsOf(kind, template));
        templates.set(kind, template);
      } catch (error) {
        if (!(error instanceof UnreadableTemplate)) throw error;
        faults.push(error.message);
      }
    }
    if (faults.length > 0) {
      throw new ConfigurationError(faults.map((fault) => `MAIL_TEMPLATES: ${fault}`));
    }
    return new MailTemplates(templates);
  }

  /** The parts of a mail. What a value holds becomes text in each of them, and never a line or an element. */
  render(kind: MailKind, values: TemplateValues): RenderedMail {
    const { text, html } = this.templates.get(kind) ?? { text: '', html: '' };
    const [, subject = '', body = ''] = PARTS.exec(text) ?? [];
    const plain = (template: string) => fill(template, values, (value) => value);
    return { subject: plain(subject), text: plain(body), html: fill(html, values, escaped) };
  }
}

const NAMES = new Set(MAIL_KINDS.flatMap((kind) => [`${kind}.txt`, `${kind}.html`]));

function isTemplateName(name: string): boolean {
  return /^[^.].*\.(txt|html)$/.test(name);
}

class UnreadableTemplate extends Error {}

function readTemplate(folder: string, name: string): string {
  try {
    return readTextFile(join(folder, name));
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error;
    throw new UnreadableTemplate(`${name} cannot be read: ${error.message}`);
  }
}

function faultsOf(kind: MailKind, { text, html }: Template): string[] {
  const known: readonly string[] = [...COMMON, ...OWN[kind]];
  const faults: string[] = [];
  if (!PARTS.test(text)) {
    faults.push(`${kind}.txt must begin with a line "Subject: …" and an empty one`);
  }
  for (const [name, template] of [
    [`${kind}.txt`, text],
    [`${kind}.html`, html],
  ] as const) {
    const places = [...template.matchAll(PLACE)].map(([, place = '']) => place);
    const unknown = places.find((place) => !known.includes(place));
    if (unknown !== undefined) {
      faults.push(`${name} has {{${unknown}}}; known are ${known.join(', ')}`);
    }
    if (known.includes('link') && !places.includes('link')) faults.push(`${name} lacks {{link}}`);
  }
  return faults;
}

function fill(template: string, values: TemplateValues, encode: (text: string) => string): string {
  return template.replace(PLACE, (_, name: keyof TemplateValues) =>
    encode(oneLine(values[name] ?? '')),
  );
}

/** A value of several lines could write a text of its own into a mail, or a header. */
function oneLine(value: string): string {
  return value.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ');
}

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
