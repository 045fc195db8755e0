// A small API on Nest: node build/examples/nest.js
import 'reflect-metadata';
import {
  Controller,
  Get,
  Module,
  Req,
  UseGuards,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { createVerifier } from 'gatehouse-verifier';
import { answerOf, guard } from 'gatehouse-verifier/nest';
import { port, service } from './settings.js';

const verifier = createVerifier(service);

@Controller()
class ReportsController {
  @Get('hello')
  @UseGuards(guard(verifier))
  hello(@Req() request: object) {
    return { hello: answerOf(request).username };
  }

  @Get('reports')
  @UseGuards(guard(verifier, { roles: ['auditor'], scopes: ['reports'] }))
  reports() {
    return { reports: [] };
  }
}

@Module({ controllers: [ReportsController] })
class AppModule implements OnApplicationShutdown {
  onApplicationShutdown() {
    return verifier.close();
  }
}

const app = await NestFactory.create(AppModule, { logger: ['error'] });
app.enableShutdownHooks();
await app.listen(port, '127.0.0.1');
