const LINES_AT_ONCE = 1_000;

/** Lines that become one text again. Short ones do not take many times their length, as in a list of them. */
export class JoinedLines {
  private readonly parts: string[] = [];
  private readonly latest: string[] = [];

  add(line: string): void {
    this.latest.push(line);
    if (this.latest.length >= LINES_AT_ONCE) this.parts.push(this.latest.splice(0).join('\n'));
  }

  text(): string {
    return [...this.parts, ...this.latest].join('\n');
  }
}
