/** A configuration that the service refuses to start with: one line for each fault, without values. */
export class ConfigurationError extends Error {
  constructor(readonly faults: string[]) {
    super(faults.join('\n'));
    this.name = 'ConfigurationError';
  }
}
