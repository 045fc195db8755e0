import { SubCommand } from 'nest-commander';
import { SessionRows } from '../../tokens/session-rows.js';
import { UserCommand, USER_ARGUMENT } from '../users/user-command.js';

const iso = (ms: number) => new Date(ms).toISOString();

@SubCommand({
  name: 'list',
  description: 'show the sessions of an account, newest first',
  ...USER_ARGUMENT,
})
export class ListSessionsCommand extends UserCommand {
  override async run([name = '']: string[], options: { id?: true }): Promise<void> {
    await this.service.use(async (service) => {
      const user = await this.chosen(service, name, options);
      const head = ['ID'.padEnd(22), 'CREATED'.padEnd(24), 'RENEWED'.padEnd(24), 'WHERE'];
      await this.output.heading(head.join('  '));
      for (const session of await service.get(SessionRows).list(user.id)) {
        const { id, address, userAgent: user_agent } = session;
        const [created_at, renewed_at] = [iso(session.createdAtMs), iso(session.renewedAtMs)];
        const expires_at = iso(session.expiresAtSeconds * 1000);
        const where = user_agent === null ? address : `${address}, ${user_agent}`;
        await this.output.result([id, created_at, renewed_at, where].join('  '), {
          ...{ id, created_at, renewed_at, expires_at, address, user_agent },
        });
      }
    });
  }
}
