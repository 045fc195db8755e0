// The program that verifiers/CONFORMANCE.md asks for.
import { createInterface } from 'node:readline';
import { createVerifier, GatehouseUnavailable } from 'gatehouse-verifier';

const ahead = { monotonicMs: 0, wallMs: 0 };
const [readMonotonic, readWall] = [performance.now.bind(performance), Date.now.bind(Date)];
performance.now = () => readMonotonic() + ahead.monotonicMs;
Date.now = () => readWall() + ahead.wallMs;

let verifier;

const commands = {
  create({ id: _, op: __, ...options }) {
    verifier = createVerifier(options);
  },
  async verify({ token }) {
    try {
      return { answer: (await verifier.verify(token)) ?? null };
    } catch (error) {
      if (!(error instanceof GatehouseUnavailable)) throw error;
      return { unavailable: error.message };
    }
  },
  ping() {},
  clock({ monotonicMs, wallMs }) {
    ahead.monotonicMs += monotonicMs;
    ahead.wallMs += wallMs;
  },
  async close() {
    await verifier.close();
  },
};

createInterface(process.stdin).on('line', async (line) => {
  const command = JSON.parse(line);
  const run = commands[command.op];
  const reply = run ? await run(command) : { unsupported: true };
  console.log(JSON.stringify({ id: command.id, ...reply }));
});
