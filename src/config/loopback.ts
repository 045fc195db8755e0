/** Whether a host, as it is written, is this machine: what goes there does not go over a network. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}
