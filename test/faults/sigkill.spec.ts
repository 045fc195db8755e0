import { join } from 'node:path';
import { SqliteFile } from '../support/sqlite-file.js';
import { killRepeatedly, limitMs } from './sigkill-rounds.js';

const ROUNDS = Number(process.env.FAULT_ROUNDS ?? 20);

it(
  `A service that is killed while it writes keeps what it acknowledged, and has done the rest wholly or not at all, ${ROUNDS} times (F15)`,
  async () => {
    const server = await killRepeatedly(ROUNDS);
    await server.stop();
    const file = await SqliteFile.open(join(server.directory, 'data/gatehouse.sqlite'));
    expect(await file.query('PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }]);
    await file.close();
  },
  limitMs(ROUNDS),
);
