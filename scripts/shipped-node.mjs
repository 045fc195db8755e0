// Installs the Node that the image runs, unless it is there and up to date, and prints the path of its binary:
//   NODE_UNDER_TEST=$(node scripts/shipped-node.mjs) npm test -- transcript
// There is one for Linux alone. Elsewhere it prints the path of the Node that runs it, and says so.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { arch, execPath, platform } from 'node:process';
import { installIfNeeded } from './support/install-if-needed.mjs';

const FOLDER = 'test/runtime';
const BINARY = resolve(`${FOLDER}/node_modules/node-${platform}-${arch}/bin/node`);

installIfNeeded(FOLDER, '--ignore-scripts');
if (!existsSync(BINARY)) {
  console.error(`The image's Node is not to be had for ${platform} on ${arch}: using ${execPath}`);
}
console.log(existsSync(BINARY) ? BINARY : execPath);
