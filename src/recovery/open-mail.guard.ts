import { Injectable, type CanActivate } from '@nestjs/common';
import { Outbox } from '../mail/outbox.js';
import { DomainError } from '../problems/errors.js';

/** Answers 404 on the routes of a controller as long as this service sends no mails. */
@Injectable()
export class OpenMailGuard implements CanActivate {
  constructor(private readonly outbox: Outbox) {}

  canActivate(): boolean {
    if (!this.outbox.isOpen) throw new DomainError('not-found');
    return true;
  }
}
