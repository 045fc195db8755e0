import { CommandRunner } from 'nest-commander';
import { UsageError } from './exit-codes.js';

type Command = Parameters<CommandRunner['setCommand']>[0];

/** What all commands have in common. */
export abstract class CliCommand extends CommandRunner {
  override setCommand(command: Command): this {
    command
      .option('--json', 'write JSON for programs, errors too')
      // Commander hands settings on to subcommands only if it makes them itself.
      .exitOverride()
      .allowExcessArguments(false);
    return super.setCommand(command);
  }
}

/** A command that is only run with one of its subcommands. */
export abstract class GroupCommand extends CliCommand {
  override setCommand(command: Command): this {
    super.setCommand(command);
    // To be told as what they are: commands that do not exist.
    command.allowExcessArguments(true).addHelpCommand(true);
    return this;
  }

  override run([unknown]: string[]): Promise<void> {
    const fault = unknown === undefined ? 'Which command?' : `There is no command ${unknown}`;
    return Promise.reject(new UsageError(`${fault}\n\n${this.command.helpInformation()}`));
  }
}
