import type { ChildProcess } from 'node:child_process';

/**
 * A port that nothing listens on just now. No connection is given it either, so that a server which is
 * stopped can be started on it again.
 */
export function freePort(): Promise<number>;

/** Whom a server may run as that refuses to be root; nothing where this process is somebody else. */
export function unprivileged(): { uid?: number; gid?: number };

/** Ends a process with a signal, also one that is paused; resolves once it is gone. */
export function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void>;
