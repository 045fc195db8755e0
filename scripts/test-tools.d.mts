/** The path of a program, or nothing where it is not installed. */
export function findProgram(program: string): string | undefined;
