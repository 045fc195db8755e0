import { Option, SubCommand } from 'nest-commander';
import { ClientsAdministration, MAX_SECRETS } from '../../clients/clients-administration.js';
import { operatorInfo } from '../../common/client-info.js';
import { CommandFailure, UsageError } from '../exit-codes.js';
import { CLIENT_ARGUMENT, ClientCommand, unknownClient } from './client-command.js';

const DAY_SECONDS = 86_400;
const LONGEST_SECONDS = 366 * DAY_SECONDS;

@SubCommand({
  name: 'rotate-secret',
  description: 'give a client a new secret, and show it once',
  ...CLIENT_ARGUMENT,
})
export class RotateSecretCommand extends ClientCommand {
  @Option({
    flags: '--overlap <seconds>',
    description: `how long the old secret still works (${DAY_SECONDS}); 0: every earlier secret is dead`,
  })
  overlap(text: string): number {
    const seconds = Number(text);
    if (/^\d{1,9}$/.test(text) && seconds <= LONGEST_SECONDS) return seconds;
    throw new UsageError(`--overlap must be 0 to ${LONGEST_SECONDS} seconds`);
  }

  override async run(
    [name = '']: string[],
    { overlap = DAY_SECONDS }: { overlap?: number },
  ): Promise<void> {
    await this.service.use(async (service) => {
      const client = await this.chosen(service, name);
      const administration = service.get(ClientsAdministration);
      const rotated = await administration.rotateSecret(client, overlap, operatorInfo());
      if (rotated === 'deleted') throw unknownClient(name);
      if (rotated === 'too-many-secrets') {
        const message = `The client has ${MAX_SECRETS} secrets that still work: end them with --overlap 0`;
        throw new CommandFailure(rotated, message);
      }
      const done =
        overlap === 0
          ? `${client.name} has a new secret, and every earlier one is dead`
          : `${client.name} has a new secret; the old one works for ${overlap} seconds more`;
      await this.tell(done, rotated, { name: client.name, overlap });
    });
  }
}
