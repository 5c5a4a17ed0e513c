import { MillraceError } from '../errors/index.ts';
import { abortable } from './abortable.ts';
import { kafkaFailure } from './kafka-failure.ts';
import type { KafkaRequest } from './kafka-request.ts';
import { type ApiVersions, type BrokerSocket, type ConnectionOptions, openSocket } from './kafkajs-internals.ts';

export type BrokerAddress = { host: string; port: number };

/**
 * Connections to every broker. A request has its connection to itself until it is answered: a broker works through
 * one connection strictly in order, so a Fetch that waits there would hold back whatever is sent behind it.
 */
export type BrokerConnections = {
  /**
   * KAFKA_UNAVAILABLE or KAFKA_REFUSED; the signal's reason when aborted, at once, and the connection is given up: its
   * answer would have to be read first.
   */
  send<Response>(address: BrokerAddress, request: KafkaRequest<Response>, signal?: AbortSignal): Promise<Response>;
  /** Drops all connections; requests in flight and later ones are CANCELLED. */
  close(): void;
};

/** Open at once to one broker. Above the lanes and waiting jobs of any one process; more requests than this queue. */
const CONNECTIONS_PER_BROKER_MAX = 64;

type Host = {
  name: string;
  idle: BrokerSocket[];
  sockets: Set<BrokerSocket>;
  /** Sockets and those being opened. */
  open: number;
  /** Wakes requests that found no free connection, oldest first. */
  waiting: (() => void)[];
  versions: ApiVersions | null;
};

export function createBrokerConnections(options: ConnectionOptions): BrokerConnections {
  const hosts = new Map<string, Host>();
  let closed = false;

  function hostOf(address: BrokerAddress): Host {
    const name = `${address.host}:${address.port}`;
    let host = hosts.get(name);
    if (host === undefined) {
      host = { name, idle: [], sockets: new Set(), open: 0, waiting: [], versions: null };
      hosts.set(name, host);
    }
    return host;
  }

  async function acquire(host: Host, address: BrokerAddress, signal: AbortSignal | undefined): Promise<BrokerSocket> {
    for (;;) {
      if (closed) throw clientClosed(host);
      const idle = host.idle.pop();
      if (idle?.takesRequests()) return idle;
      if (idle !== undefined) drop(host, idle);
      else if (host.open < CONNECTIONS_PER_BROKER_MAX) return await open(host, address);
      else await turn(host, signal);
    }
  }

  async function open(host: Host, address: BrokerAddress): Promise<BrokerSocket> {
    host.open += 1;
    try {
      const socket = await openSocket(address, options, host.versions);
      host.versions = socket.versions;
      host.sockets.add(socket);
      if (closed) socket.destroy();
      return socket;
    } catch (error) {
      host.open -= 1;
      host.waiting.shift()?.();
      throw error;
    }
  }

  function release(host: Host, socket: BrokerSocket): void {
    host.idle.push(socket);
    host.waiting.shift()?.();
  }

  function drop(host: Host, socket: BrokerSocket): void {
    socket.destroy();
    if (host.sockets.delete(socket)) host.open -= 1;
    host.waiting.shift()?.();
  }

  async function send<Response>(
    address: BrokerAddress,
    request: KafkaRequest<Response>,
    signal?: AbortSignal,
  ): Promise<Response> {
    signal?.throwIfAborted();
    const host = hostOf(address);
    const acquired = acquire(host, address, signal);
    let socket: BrokerSocket | undefined;
    try {
      socket = await abortable(acquired, signal);
      const spoken = inVersionOf(host, socket.versions, request);
      const { value, throttleMs } = spoken.decode(await abortable(socket.send(spoken), signal));
      if (throttleMs > 0) socket.throttle(throttleMs);
      release(host, socket);
      return value;
    } catch (error) {
      if (socket !== undefined) drop(host, socket);
      else
        acquired.then(
          (late) => release(host, late),
          () => {},
        );
      if (signal?.aborted) throw signal.reason;
      if (closed) throw clientClosed(host);
      throw kafkaFailure(error, host.name);
    }
  }

  function close(): void {
    closed = true;
    for (const host of hosts.values()) {
      for (const socket of host.sockets) drop(host, socket);
      for (const wake of host.waiting.splice(0)) wake();
    }
  }

  return { send, close };
}

function clientClosed(host: Host): MillraceError {
  return new MillraceError('CANCELLED', `The connections to Kafka at ${host.name} were closed.`);
}

/** Resolves when a connection may have become free. */
function turn(host: Host, signal: AbortSignal | undefined): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  host.waiting.push(resolve);
  return abortable(promise, signal).catch((reason: unknown) => {
    const place = host.waiting.indexOf(resolve);
    // Woken and aborted at once: the free connection is the next one's.
    if (place < 0) host.waiting.shift()?.();
    else host.waiting.splice(place, 1);
    throw reason;
  });
}

function inVersionOf<Response>(
  host: Host,
  versions: ApiVersions,
  request: KafkaRequest<Response>,
): KafkaRequest<Response> {
  const range = versions[request.apiKey];
  if (range && range.minVersion <= request.apiVersion && request.apiVersion <= range.maxVersion) return request;
  if (request.older !== undefined) return inVersionOf(host, versions, request.older);
  const asked = `${request.apiName} v${request.apiVersion}`;
  throw new MillraceError('KAFKA_REFUSED', `Kafka at ${host.name} does not know ${asked}.`, {
    hint: 'Millrace needs Kafka 2.4 or later.',
    details: { broker: host.name, apiName: request.apiName, apiVersion: request.apiVersion },
  });
}
