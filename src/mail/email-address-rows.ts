import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { runStatement } from '../database/statements.js';
import { foldedAddress } from './email-address.js';

/** The addresses of an account. */
export interface AccountAddresses {
  /** Null if there is none. */
  readonly verified: string | null;
  /** The one that is to be verified, if its owner asked for one. */
  readonly wanted: string | null;
}

/**
 * The rows of the addresses of accounts. A verified one belongs to one account; until it is verified, an address is worth
 * nothing, and any number of accounts can want it. What changes one is to be called beside no other transaction of the
 * user (`Database.writeFor`).
 */
@Injectable()
export class EmailAddressRows {
  async read(manager: EntityManager, userId: number): Promise<AccountAddresses> {
    const [row] = await runStatement<AddressRow>(
      manager,
      'SELECT email, wanted_email FROM email_addresses WHERE user_id = $1',
      [userId],
    );
    return { verified: row?.email ?? null, wanted: row?.wanted_email ?? null };
  }

  /** The verified addresses of some accounts, by the accounts' ids. */
  async verifiedOf(
    manager: EntityManager,
    userIds: readonly number[],
  ): Promise<Map<number, string>> {
    if (userIds.length === 0) return new Map();
    const places = userIds.map((_, index) => `$${index + 1}`).join();
    const rows = await runStatement<{ user_id: number; email: string }>(
      manager,
      `SELECT user_id, email FROM email_addresses
       WHERE user_id IN (${places}) AND email IS NOT NULL`,
      [...userIds],
    );
    return new Map(rows.map(({ user_id: userId, email }) => [userId, email]));
  }

  /** Notes the address that is to be verified, in the place of the one that was before. The verified one stands. */
  async want(manager: EntityManager, userId: number, address: string): Promise<void> {
    await runStatement(
      manager,
      `INSERT INTO email_addresses (user_id, wanted_email, version) VALUES ($1, $2, 1)
       ON CONFLICT (user_id) DO UPDATE SET wanted_email = excluded.wanted_email`,
      [userId, address],
    );
  }

  /** Makes the wanted address, which is this one, the verified one. The unique index decides between two accounts. */
  async verify(manager: EntityManager, userId: number, wanted: string): Promise<void> {
    await runStatement(
      manager,
      `UPDATE email_addresses
       SET folded_email = $1, email = wanted_email, wanted_email = NULL, version = version + 1
       WHERE user_id = $2`,
      [foldedAddress(wanted), userId],
    );
  }

  /** Removes the verified address and the wanted one. What was sent to either is void. */
  async remove(manager: EntityManager, userId: number): Promise<void> {
    await runStatement(
      manager,
      `UPDATE email_addresses
       SET email = NULL, folded_email = NULL, wanted_email = NULL, version = version + 1
       WHERE user_id = $1`,
      [userId],
    );
  }
}

interface AddressRow {
  readonly email: string | null;
  readonly wanted_email: string | null;
}
