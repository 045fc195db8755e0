import { Logger, PinoLogger, type Params } from 'nestjs-pino';
import { stdTimeFunctions } from 'pino';
import type { Env } from '../config/env.js';
import { Stdout } from './stdout.js';

/** What Nest tells of its own start, which an operator wants only while debugging. */
const FRAMEWORK = [
  'ExceptionHandler',
  'InstanceLoader',
  'NestApplication',
  'NestFactory',
  'RouterExplorer',
  'RoutesResolver',
];

/** An error without what drivers hang on it: statements and their values, addresses with passwords. */
interface LoggedError {
  type: string;
  message: string;
  stack: string;
}

/** Nest's logger, on pino. */
export class ServiceLogger extends Logger {
  override log(message: unknown, ...rest: unknown[]): void {
    if (FRAMEWORK.includes(String(rest.at(-1)))) super.debug(message, ...rest);
    else super.log(message, ...rest);
  }

  /** Why a start failed is told on standard error, in one line; the stack is for debugging. */
  override error(message: unknown, ...rest: unknown[]): void {
    if (FRAMEWORK.includes(String(rest.at(-1)))) super.debug(message, ...rest);
    else super.error(message, ...rest);
  }
}

/** JSON lines on standard output, or plain lines on a terminal, from `LOG_LEVEL` upward. */
export async function createLogger(env: Env): Promise<ServiceLogger> {
  const stdout = new Stdout(process.stdout.isTTY ? await plainLines() : undefined);
  const params: Params = {
    pinoHttp: [
      {
        level: env.LOG_LEVEL,
        timestamp: stdTimeFunctions.isoTime,
        formatters: { level: (label) => ({ level: label }) },
        serializers: {
          err: ({ type, message, stack }: LoggedError): LoggedError => ({ type, message, stack }),
        },
        autoLogging: false,
      },
      stdout,
    ],
  };
  return new ServiceLogger(new PinoLogger(params), params);
}

/** Loaded for people alone. */
async function plainLines(): Promise<(line: string) => string> {
  const { default: pretty } = await import('pino-pretty');
  return pretty.prettyFactory({
    colorize: true,
    singleLine: true,
    translateTime: false,
    ignore: 'pid,hostname',
  });
}
