export declare const CLIENT: { readonly clientId: string; readonly clientSecret: string };

/** A strict stand-in for Gatehouse's routes that verifiers use. */
export declare class StandIn {
  static start(leaseMs?: number): Promise<StandIn>;
  readonly url: string;
  readonly farewells: readonly string[];
  readonly verifiers: readonly string[];
  issue(token: string, members?: Record<string, unknown>): Record<string, unknown>;
  revoke(token: string): void;
  asked(token: string): number;
  change(...sids: string[]): Promise<void>;
  settled(): Promise<unknown>;
  until<T>(find: () => T, what: string): Promise<T>;
  listen(): Promise<void>;
  stop(): Promise<void>;
}
