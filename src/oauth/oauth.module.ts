import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/auth.module.js';
import { ClientsModule } from '../clients/clients.module.js';
import { MetricsModule } from '../metrics/metrics.module.js';
import { TokensModule } from '../tokens/tokens.module.js';
import { FeedModule } from '../feed/feed.module.js';
import { ChangesController } from './changes.controller.js';
import { IntrospectionController } from './introspection.controller.js';
import { Introspection } from './introspection.js';
import { KeySetController } from './key-set.controller.js';
import { MetadataController } from './metadata.controller.js';
import { RequestingClient } from './requesting-client.js';
import { RevocationController } from './revocation.controller.js';
import { Revocation } from './revocation.js';
import { TokenController } from './token.controller.js';

/** What OAuth's clients and protected resources ask. */
@Module({
  imports: [AuthModule, ClientsModule, FeedModule, TokensModule, MetricsModule],
  controllers: [
    TokenController,
    IntrospectionController,
    RevocationController,
    ChangesController,
    MetadataController,
    KeySetController,
  ],
  providers: [RequestingClient, Introspection, Revocation],
})
export class OAuthModule {}
