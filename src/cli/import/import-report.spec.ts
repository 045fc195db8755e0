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
