import type { INestApplicationContext } from '@nestjs/common';
import { Option, SubCommand } from 'nest-commander';
import { AuditService } from '../../audit/audit.service.js';
import { operatorInfo } from '../../common/client-info.js';
import { SessionEndings } from '../../tokens/session-endings.js';
import { SessionRows } from '../../tokens/session-rows.js';
import { CommandFailure, UsageError } from '../exit-codes.js';
import { UserCommand } from '../users/user-command.js';

interface Options {
  user?: string;
  id?: true;
}

@SubCommand({
  name: 'end',
  description: 'end one session, or with --user all of an account',
  arguments: '[session]',
  argsDescription: { session: 'the id of a session, as sessions list shows it' },
})
export class EndSessionsCommand extends UserCommand {
  @Option({ flags: '--user <user>', description: 'whose sessions end' })
  parseUser(user: string): string {
    return user;
  }

  override async run([session]: string[], options: Options): Promise<void> {
    const { user } = options;
    if ((session === undefined) === (user === undefined)) {
      throw new UsageError('Name one session, or a user with --user');
    }
    await this.service.use(async (service) => {
      if (user !== undefined) await this.endAll(service, user, options);
      else await this.endOne(service, session ?? '');
    });
  }

  private async endAll(
    service: INestApplicationContext,
    name: string,
    options: Options,
  ): Promise<void> {
    const { id, username } = await this.chosen(service, name, options);
    const event = { type: 'sessions.ended', userId: id, client: operatorInfo() } as const;
    await service
      .get(SessionEndings)
      .endAllOf(id, (manager) => service.get(AuditService).record(manager, event));
    await this.output.result(`Ended all sessions of ${username} (id ${id})`, { id, username });
  }

  private async endOne(service: INestApplicationContext, sessionId: string): Promise<void> {
    const userId = await service.get(SessionRows).ownerOf(sessionId);
    if (userId === undefined) {
      throw new CommandFailure('unknown-session', `There is no session with the id ${sessionId}`);
    }
    await service.get(SessionEndings).endOf({ userId, sessionId }, operatorInfo());
    await this.output.result(`Ended session ${sessionId} of the user with the id ${userId}`, {
      ...{ session_id: sessionId, user_id: userId },
    });
  }
}
