import type { ImportOutcome, KeptDifference } from '../../users/accounts-import.js';
import type { Output } from '../output.js';
import type { DetailsFile } from './details-file.js';

/** What a screen has room for, beside the counts. */
const SHOWN_OF_A_KIND = 3;
const SHOWN_REFUSALS = 12;
const SHOWN_KINDS = 5;

/** Further ones are counted together. */
const MAX_KINDS = 1_000;

const REASONS: Record<KeptDifference, string> = {
  'enabled-here': 'it is disabled in the file, and enabled here',
  'other-roles-here':
    'it has other roles in the file than here: gatehouse users grant and users revoke change them',
};

interface Kind {
  /** Of the first one. */
  readonly reason: string;
  count: number;
  shown: number;
  /** Where the first one stands that was not shown. */
  firstHidden?: string;
}

/** How many there are of a kind, and the first of them. */
class Sample {
  count = 0;
  private readonly first: string[] = [];

  add(name: string): void {
    this.count += 1;
    if (this.first.length < SHOWN_OF_A_KIND) this.first.push(name);
  }

  get text(): string {
    const isMore = this.count > this.first.length;
    return `${this.count} (${this.first.join(', ')}${isMore ? '…' : ''})`;
  }
}

/**
 * What became of the rows of an import, on one screen whatever their number: the first few refusals of each
 * kind, how many more there are of it, and the counts. All of it goes to a file, if one is asked for.
 */
export class ImportReport {
  imported = 0;
  unchanged = 0;
  refused = 0;
  /** Those of the unchanged that are enabled here, and disabled in the file. */
  private readonly enabled = new Sample();
  /** Those of the unchanged that have other roles here than in the file. */
  private readonly otherRoles = new Sample();
  private shown = 0;
  private readonly kinds = new Map<string, Kind>();
  private readonly others: Kind = { reason: 'other reasons', count: 0, shown: 0 };

  constructor(
    private readonly output: Output,
    private readonly details: DetailsFile | undefined,
  ) {}

  /** @param username undefined if it could not be read */
  async add(place: string, outcome: ImportOutcome, username: string | undefined): Promise<void> {
    const refusal =
      typeof outcome === 'object' && 'refusal' in outcome ? outcome.refusal : undefined;
    const kept = typeof outcome === 'object' && 'kept' in outcome ? outcome.kept : [];
    const isUnchanged = outcome === 'unchanged' || kept.length > 0;
    const reason =
      refusal ?? (kept.map((difference) => REASONS[difference]).join('; ') || undefined);
    await this.details?.add({
      place,
      ...(username !== undefined && { username }),
      outcome: isUnchanged ? 'unchanged' : refusal === undefined ? 'imported' : 'refused',
      ...(reason !== undefined && { reason }),
    });
    if (refusal !== undefined) this.refuse(place, refusal);
    else if (isUnchanged) this.unchanged += 1;
    else this.imported += 1;
    if (kept.includes('enabled-here')) this.enabled.add(place);
    if (kept.includes('other-roles-here')) this.otherRoles.add(username ?? place);
  }

  /** Of those that are unchanged, how many are enabled here, and disabled in the file. */
  get enabledHere(): number {
    return this.enabled.count;
  }

  /** Of those that are unchanged, how many have other roles here than in the file. */
  get otherRolesHere(): number {
    return this.otherRoles.count;
  }

  /** Tells of the accounts that stay different from what the file says, if there are any. */
  async tellKept(): Promise<void> {
    if (this.enabledHere > 0) {
      await this.output.heading(
        `Disabled in the file, and enabled here as before: ${this.enabled.text}. ` +
          'gatehouse users disable NAME disables one',
      );
    }
    if (this.otherRolesHere > 0) {
      await this.output.heading(
        `Other roles in the file than here, where they stay: ${this.otherRoles.text}. ` +
          'gatehouse users grant NAME ROLE gives one, and users revoke takes one',
      );
    }
  }

  /** Tells of the refusals that were not shown, by their kinds; the most frequent first. */
  tellHidden(): void {
    const hidden = [...this.kinds.values(), this.others]
      .filter(({ count, shown }) => count > shown)
      .sort((one, other) => other.count - other.shown - (one.count - one.shown));
    for (const kind of hidden.slice(0, SHOWN_KINDS)) this.tellMore(kind);
    const rest = hidden.slice(SHOWN_KINDS);
    if (rest.length === 0) return;
    const count = rest.reduce((sum, kind) => sum + kind.count - kind.shown, 0);
    const text = `${count} more for ${rest.length} other reasons`;
    this.output.problem(text, { more_refused: { count, reasons: rest.length } });
  }

  private refuse(place: string, reason: string): void {
    this.refused += 1;
    const kind = this.kindOf(reason);
    kind.count += 1;
    if (kind.shown < SHOWN_OF_A_KIND && this.shown < SHOWN_REFUSALS) {
      kind.shown += 1;
      this.shown += 1;
      this.output.problem(`${place}: ${reason}`, { refused: { place, reason } });
    } else kind.firstHidden ??= place;
  }

  private kindOf(reason: string): Kind {
    // Reasons that differ in a number alone: an id, another line.
    const name = reason.replace(/\d+/g, '0');
    const known = this.kinds.get(name);
    if (known) return known;
    if (this.kinds.size >= MAX_KINDS) return this.others;
    const kind: Kind = { reason, count: 0, shown: 0 };
    this.kinds.set(name, kind);
    return kind;
  }

  private tellMore({ reason, count, shown, firstHidden = '' }: Kind): void {
    const more = count - shown;
    const text = `${more} more, the first in ${firstHidden}: ${reason}`;
    this.output.problem(text, { more_refused: { count: more, place: firstHidden, reason } });
  }
}
