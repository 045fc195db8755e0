import { requireTestTools } from '../../scripts/test-tools.mjs';

/** Says what is missing before the first test fails of it. */
export default function globalSetup() {
  requireTestTools();
}
