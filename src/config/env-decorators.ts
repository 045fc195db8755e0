import 'reflect-metadata';
import { applyDecorators } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { IsBoolean, IsIn, ValidateBy } from 'class-validator';

/** `true` or `false`. */
export function Flag() {
  return applyDecorators(
    Transform(({ value }: { value: unknown }) => ({ true: true, false: false })[String(value)]),
    IsBoolean({ message: 'must be true or false' }),
  );
}

/** One of a few words. */
export function OneOf(words: readonly string[]) {
  return IsIn(words, { message: `must be one of ${words.join(', ')}` });
}

/** A text that `accepts` accepts; `fault` ends the sentence "NAME …" of one that it does not. */
export function Text(
  accepts: (value: string) => boolean,
  fault: string | ((value: string) => string),
) {
  return ValidateBy({
    name: 'text',
    validator: {
      validate: (value: unknown) => typeof value === 'string' && accepts(value),
      defaultMessage: (args) => (typeof fault === 'string' ? fault : fault(String(args?.value))),
    },
  });
}

const SECRETS = Symbol('secrets');

/** It is a secret, or has one in it: `NAME_FILE` may name a file that holds it. */
export function Secret(): PropertyDecorator {
  return (target, name) => {
    Reflect.defineMetadata(SECRETS, [...secretsOf(target), String(name)], target);
  };
}

/** The variables that are decorated with `Secret`. */
export function secretsOf(target: object): string[] {
  return (Reflect.getMetadata(SECRETS, target) as string[] | undefined) ?? [];
}
