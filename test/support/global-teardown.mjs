/** Stops the servers that the set-up started. */
export default async function globalTeardown() {
  await globalThis.stopTestServers?.();
}
