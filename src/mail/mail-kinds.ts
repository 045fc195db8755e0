const SECRET_KINDS = ['verify-address', 'reset-password'] as const;
const NOTICE_KINDS = [
  'address-changed',
  'address-removed',
  'password-changed',
  'factor-added',
  'factor-removed',
  'recovery-codes-made',
] as const;

/** Mails that carry a secret: a link and a code. */
export type SecretMailKind = (typeof SECRET_KINDS)[number];

/** Mails that tell of something that has happened. */
export type NoticeKind = (typeof NOTICE_KINDS)[number];

export type MailKind = SecretMailKind | NoticeKind;

export const MAIL_KINDS: readonly MailKind[] = [...SECRET_KINDS, ...NOTICE_KINDS];

/** What the text of a mail says beside its kind. */
export interface MailDetails {
  readonly username?: string;
  /** The name that a person gave a factor. */
  readonly factorName?: string;
  /** The types of the second factors that stay, for `reset-password`. */
  readonly factorTypes?: readonly string[];
  /** A new address, in `address-changed`, with all but its first character and its domain hidden. */
  readonly newAddress?: string;
}
