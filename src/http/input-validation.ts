import { ValidationPipe, type ArgumentMetadata, type ValidationError } from '@nestjs/common';
import * as classTransformer from 'class-transformer';
import * as classValidator from 'class-validator';
import { DomainError } from '../problems/errors.js';

/** Checks what a request brings against the class that its handler takes. Other fields are refused. */
export class InputValidation extends ValidationPipe {
  /** Classes all of whose fields may be absent. */
  private readonly optional = new Set<unknown>();

  constructor() {
    super({
      transform: true,
      whitelist: true,
      forbidNonWhitelisted: true,
      stopAtFirstError: true,
      exceptionFactory: validationFailed,
      // Nest would look for them by name, but there is only the bundle.
      transformerPackage: classTransformer,
      validatorPackage: classValidator,
    });
  }

  /** @throws DomainError `validation-failed` */
  override transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    // What our own decorators hand to a handler did not come with the request.
    if (metadata.type === 'custom') return Promise.resolve(value);
    if (value === undefined) return this.transformAbsent(metadata);
    return super.transform(value, metadata);
  }

  /** Checks an absent body against its class once: the outcome is always the same. */
  private async transformAbsent(metadata: ArgumentMetadata): Promise<unknown> {
    const { metatype } = metadata;
    if (metatype && this.optional.has(metatype)) return new metatype();
    const input: unknown = await super.transform(undefined, metadata);
    if (metatype && input instanceof metatype) this.optional.add(metatype);
    return input;
  }
}

function validationFailed(faults: ValidationError[]): DomainError {
  const errors = faults.map(({ property, constraints }) => ({
    field: property,
    detail: constraints?.whitelistValidation
      ? 'is not known here'
      : (Object.values(constraints ?? {})[0] ?? 'is invalid'),
  }));
  const detail = errors.map((error) => `${error.field} ${error.detail}`).join('; ');
  return new DomainError('validation-failed', { detail, errors });
}
