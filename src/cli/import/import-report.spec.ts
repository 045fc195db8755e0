import { Output } from '../output.js';
import { ImportReport } from './import-report.js';

/** A report, and what it writes. */
function newReport() {
  const output = new Output([]);
  const lines: string[] = [];
  output.writeProblem = (line) => lines.push(line.trimEnd());
  return { report: new ImportReport(output, undefined), lines };
}

describe('The report of an import', () => {
  it('has the first refusals of each kind as they come, and then how many more there are', async () => {
    const { report, lines } = newReport();
    for (let row = 1; row <= 1_000; row += 1) {
      await report.add(`line ${row}`, { refusal: `the id ${row} belongs to another account` }, 'x');
    }
    await report.add('line 1001', { refusal: 'the username is missing' }, undefined);
    await report.add('line 1002', 'imported', 'miguel');
    report.tellHidden();
    expect(lines).toEqual([
      'line 1: the id 1 belongs to another account',
      'line 2: the id 2 belongs to another account',
      'line 3: the id 3 belongs to another account',
      'line 1001: the username is missing',
      '997 more, the first in line 4: the id 1 belongs to another account',
    ]);
    expect(report).toMatchObject({ imported: 1, unchanged: 0, refused: 1_001 });
  });

  it('counts the accounts that are enabled here and disabled in the file, and has the first', async () => {
    const { report } = newReport();
    const stdout = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
    await report.tellKept();
    expect(stdout).not.toHaveBeenCalled();
    const kept = ['enabled-here'] as const;
    for (let row = 1; row <= 5; row += 1) await report.add(`line ${row}`, { kept }, 'x');
    await report.tellKept();
    expect(stdout.mock.calls).toEqual([
      [
        'Disabled in the file, and enabled here as before: 5 (line 1, line 2, line 3…). ' +
          'gatehouse users disable NAME disables one\n',
      ],
    ]);
    expect(report).toMatchObject({ imported: 0, unchanged: 5, refused: 0, enabledHere: 5 });
    stdout.mockRestore();
  });

  it('names the first accounts that have other roles here, and says what changes them', async () => {
    const { report } = newReport();
    const stdout = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
    const kept = ['enabled-here', 'other-roles-here'] as const;
    await report.add('line 1', { kept }, 'miguel');
    await report.add('line 2', { kept: ['other-roles-here'] }, 'susan');
    await report.tellKept();
    expect(stdout.mock.calls).toEqual([
      [expect.stringMatching(/^Disabled in the file, .*: 1 \(line 1\)/)],
      [
        'Other roles in the file than here, where they stay: 2 (miguel, susan). ' +
          'gatehouse users grant NAME ROLE gives one, and users revoke takes one\n',
      ],
    ]);
    expect(report).toMatchObject({ unchanged: 2, enabledHere: 1, otherRolesHere: 2 });
    stdout.mockRestore();
  });

  it('fits on a screen, whatever is refused', async () => {
    const { report, lines } = newReport();
    for (let row = 0; row < 20_000; row += 1) {
      const reason = `the field ${String.fromCodePoint(0x4e00 + (row % 5_000))} is not known`;
      await report.add(`line ${row}`, { refusal: reason }, undefined);
    }
    report.tellHidden();
    expect(lines).toHaveLength(18);
    expect(lines.at(-1)).toMatch(/^\d+ more for \d+ other reasons$/);
    const counts = lines.slice(12).map((line) => Number.parseInt(line, 10));
    expect(counts.reduce((sum, count) => sum + count, 12)).toBe(20_000);
  });
});
