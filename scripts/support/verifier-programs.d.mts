export const VERIFIERS: string;

/** Debian's, for which Flask is installed. */
export const PYTHON: string;

/** How the verifiers are started that the cases are for. */
export const PROGRAMS: { TypeScript: string; Python: string };

/** The example API for a framework, once it is built. */
export function exampleOn(framework: string): string;

/** Builds what is written in TypeScript, in a folder of this process's own. */
export function buildVerifier(): Promise<void>;

export function removeBuilt(): void;
