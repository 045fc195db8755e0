import { SubCommand } from 'nest-commander';
import { newKey } from '../../config/signing-key.js';
import { CliCommand } from '../cli-command.js';
import { Output } from '../output.js';

@SubCommand({ name: 'generate', description: 'make a key at random, for JWT_KEY' })
export class GenerateKeyCommand extends CliCommand {
  constructor(private readonly output: Output) {
    super();
  }

  override async run(): Promise<void> {
    const key = newKey();
    await this.output.result(key, { key });
  }
}
