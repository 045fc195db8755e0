export declare function runCase(name: string, command: string): Promise<'passed' | 'unsupported'>;
