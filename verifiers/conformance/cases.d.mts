/** What every verifier must do, by the sentences that say it. */
export declare const CASES: Readonly<Record<string, unknown>>;
