import { ValidateIf } from 'class-validator';

/** A field that may be left out. */
export const IsOmittable = () => ValidateIf((_, value) => value !== undefined);
