import { Logger } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { isWithin, parseIpAddress, parseNetwork, type IpAddress } from '../common/ip-address.js';
import { forwardedFor, isForwarded } from './forwarded-for.js';

/** Whether the one at an address is believed to say for whom it asks. The one that asks here is hop 0. */
type Trust = (address: IpAddress | undefined, hop: number) => boolean;

/** Of a connection that was closed before its address was asked for. */
const GONE = 'unknown';

/**
 * Decides the address of each request's client, for everything that goes by it: the first one, from here on, that
 * `TRUST_PROXY` does not name. If what a believed proxy says is no address, the request counts as that proxy's own.
 * Warns, once each, of that, and of a proxy that is not believed: behind it all clients share its address and limits.
 */
export function nameClients(fastify: FastifyInstance, trustProxy: string): void {
  const trusts = trustIn(trustProxy);
  const warnings = new Warnings();

  fastify.decorateRequest('clientAddress', GONE);
  fastify.addHook('onRequest', (request, _reply, done) => {
    request.clientAddress = addressOf(request.raw, trusts, warnings);
    done();
  });
}

/** Who is at the other end of a connection. */
interface Peer {
  readonly address: IpAddress | undefined;
  readonly text: string;
}

/** Read once for each connection: it has one for as long as it lasts. */
const peers = new WeakMap<Socket, Peer>();

function peerOf(socket: Socket): Peer {
  const known = peers.get(socket);
  if (known) return known;
  const address = parseIpAddress(socket.remoteAddress ?? '');
  const peer = { address, text: address?.toString() ?? GONE };
  peers.set(socket, peer);
  return peer;
}

function addressOf({ socket, headers }: IncomingMessage, trusts: Trust, warnings: Warnings) {
  const peer = peerOf(socket);
  if (!isForwarded(headers)) return peer.text;
  if (!trusts(peer.address, 0)) warnings.ofUnknownProxy(peer.address);
  let { address } = peer;
  let believed = address;
  let hop = 0;
  for (const named of forwardedFor(headers)) {
    if (!trusts(believed, hop)) break;
    believed = named;
    address = named ?? address;
    hop += 1;
  }
  if (hop > 0 && !believed) warnings.ofUnreadable(address);
  return address?.toString() ?? GONE;
}

/** Who is believed by `TRUST_PROXY`: no one, the last so many proxies, or those at these addresses. */
function trustIn(trustProxy: string): Trust {
  if (trustProxy === 'false') return () => false;
  if (/^\d+$/.test(trustProxy)) return (_, hop) => hop < Number(trustProxy);
  const networks = trustProxy
    .split(',')
    .map((part) => parseNetwork(part.trim()))
    .filter((network) => network !== undefined);
  return (address) => !!address && networks.some((network) => isWithin(address, network));
}

/** Each of them is told once: the next request would tell the same. */
class Warnings {
  private readonly logger = new Logger('Proxies');
  private readonly told = new Set<string>();

  ofUnknownProxy(address: IpAddress | undefined): void {
    this.once(
      'unknown',
      `X-Forwarded-For or Forwarded came from ${String(address)}, which TRUST_PROXY does not name, and is ` +
        'ignored. If that is your proxy, its clients count as one address: set TRUST_PROXY',
    );
  }

  ofUnreadable(address: IpAddress | undefined): void {
    this.once(
      'unreadable',
      `The proxy at ${String(address)} names no address in X-Forwarded-For or Forwarded that can be read. Its ` +
        'clients count as one address, its own: let it send the address of its client, with or without a port',
    );
  }

  private once(kind: string, message: string): void {
    if (this.told.has(kind)) return;
    this.told.add(kind);
    this.logger.warn(message);
  }
}
