import { ValidateIf } from 'class-validator';

/** A field that may be left out; null is not leaving out. */
export const IsOmittable = () => ValidateIf((_, value) => value !== undefined);
