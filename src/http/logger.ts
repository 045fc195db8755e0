import { ConsoleLogger, type LogLevel } from '@nestjs/common';
import type { Env } from '../config/env.js';

/** From the quietest to the most talkative, in Nest's words. */
const LEVELS: LogLevel[] = ['fatal', 'error', 'warn', 'log', 'debug', 'verbose'];

const NEST_LEVEL: Record<string, LogLevel> = { info: 'log', trace: 'verbose' };

/** What Nest tells of its own start, which an operator wants only while debugging. */
const FRAMEWORK = [
  'InstanceLoader',
  'NestApplication',
  'NestFactory',
  'RouterExplorer',
  'RoutesResolver',
];

class ServiceLogger extends ConsoleLogger {
  override log(message: unknown, ...rest: unknown[]): void {
    if (FRAMEWORK.includes(String(rest.at(-1)))) super.debug(message, ...rest);
    else super.log(message, ...rest);
  }
}

/** JSON lines, or plain lines on a terminal, from `LOG_LEVEL` upward. */
export function createLogger(env: Env): ConsoleLogger {
  const level = NEST_LEVEL[env.LOG_LEVEL] ?? env.LOG_LEVEL;
  return new ServiceLogger({
    json: !process.stdout.isTTY,
    logLevels: LEVELS.slice(0, LEVELS.indexOf(level as LogLevel) + 1),
  });
}
