// The one file that knows the inside of kafkajs, pinned to 2.2.4 and guarded by kafkajs-internals.test.ts.
// kafkajs brings the connection: TCP and TLS, API versions, the login by SASL, matching responses to requests,
// request timeouts. Requests and responses are Millrace's own bytes and never pass kafkajs's encoders or decoders,
// which would copy a produce request three times and make an object of every fetched record.
import { createRequire } from 'node:module';
import net from 'node:net';
import tls from 'node:tls';
import type { KafkaConnection } from '../spec/job-spec.ts';
import { assembleChunk, createResponseAssembler } from './response-assembler.ts';

/** Takes kafkajs's log lines. `level` is ERROR, WARN, INFO or DEBUG. */
export type KafkaLog = (level: string, message: string, fields: Record<string, unknown>) => void;

export type ConnectionOptions = {
  connection: KafkaConnection;
  clientId: string;
  connectTimeoutMs: number;
  /** A request that is not answered for so long is given up; Fetch adds its own waiting. */
  requestTimeoutMs: number;
  log: KafkaLog;
};

/** A request as bytes: what follows the header, in parts that are written one after the other. */
export type RawRequest = {
  apiKey: number;
  apiVersion: number;
  apiName: string;
  parts: readonly Buffer[];
  /** How long the broker may rightly hold the answer back. */
  waitMaxMs: number;
};

export type ApiVersions = Readonly<Record<number, { minVersion: number; maxVersion: number }>>;

/** One socket to one broker. The broker answers its requests strictly in order. */
export type BrokerSocket = {
  versions: ApiVersions;
  /** It is connected, and its login is not about to end. */
  takesRequests(): boolean;
  /** The response without size and correlation id: a view over bytes that nobody else writes to. */
  send(request: RawRequest): Promise<Buffer>;
  /** KIP-219: the broker wants no further request on this connection for `ms`. */
  throttle(ms: number): void;
  /** Drops the socket; requests in flight are rejected. */
  destroy(): void;
};

type Entry = { apiKey: number; apiName: string; apiVersion: number; correlationId: number };
type RequestQueue = {
  pending: unknown[];
  scheduleCheckPendingRequests(): void;
  maybeThrottle(ms: number): void;
  destroy(): void;
  fulfillRequest(response: { size: number; correlationId: number; payload: Buffer }): void;
  push(request: {
    entry: Entry & { resolve(reply: { payload: Buffer }): void; reject(error: Error): void };
    expectResponse: boolean;
    requestTimeout: number;
    sendRequest(): void;
  }): void;
};
type Connection = {
  socket: net.Socket | undefined;
  requestTimeout: number;
  /** A Long, ms; 0: the login holds as long as the connection. */
  sessionLifetime: { toString(): string };
  connectionStatus: string;
  requestQueue: RequestQueue;
  /** Set while SASL talks. */
  authHandlers: unknown;
  processData(chunk: Buffer): void;
  isConnected(): boolean;
  nextCorrelationId(): number;
  rejectRequests(error: Error): void;
};
type Reception = {
  /** Hands over the connection that the socket belongs to. */
  attach(connection: Connection): void;
  /** How a plain socket reads, see net.connect. TLS sockets bring chunks of their own to processData. */
  onread: { buffer(): Buffer; callback(bytes: number, buffer: Uint8Array): boolean };
};
type Broker = { versions: ApiVersions; connect(): Promise<void> };
type ConnectionPool = { pool: Connection[] };
type Logger = { namespace(name: string): Logger };
type Internals = {
  Broker: new (options: object) => Broker;
  ConnectionPool: new (options: object) => ConnectionPool;
  createLogger(options: object): Logger;
};

const require = createRequire(import.meta.url);
const internals: Internals = {
  Broker: require('kafkajs/src/broker') as Internals['Broker'],
  ConnectionPool: require('kafkajs/src/network/connectionPool') as Internals['ConnectionPool'],
  createLogger: (require('kafkajs/src/loggers') as Pick<Internals, 'createLogger'>).createLogger,
};
const { prototype: requestQueue } = require('kafkajs/src/network/requestQueue') as { prototype: RequestQueue };

/** kafkajs arms a timer at `throttledUntil − now` even when neither is set, and Node 24 warns of each negative one. */
const scheduleCheckPendingRequests = requestQueue.scheduleCheckPendingRequests;
requestQueue.scheduleCheckPendingRequests = function (this: RequestQueue): void {
  if (this.pending.length > 0) scheduleCheckPendingRequests.call(this);
};

/** kafkajs's logging levels; WARN lets errors and warnings through. */
const LOG_LEVEL_WARN = 2;
/** Idle connections are probed so that a firewall between does not forget them. ms. */
const KEEP_ALIVE_DELAY_MS = 60_000;
/**
 * Part of a login's life in which its connection takes requests. A broker closes a connection that is used after that life
 * (`connections.max.reauth.ms`, or a token's), and kafkajs would renew the login with a handshake that brokers refuse. So a new
 * connection takes its place in time; the rest is for requests that a throttled connection still holds back.
 */
const LOGIN_SHARE_USED = 0.85;
/** Far above the largest Fetch that is asked for. Bytes. */
const RESPONSE_BYTES_MAX = 1024 * 1024 * 1024;
const CORRELATION_ID_BYTES = 4;
/** request size, api key, api version, correlation id, length of the client id: bytes before the client id. */
const HEADER_BYTES = 4 + 2 + 2 + 4 + 2;

/**
 * Connects and authenticates. `versions` of an earlier connection to the same broker save a round trip.
 * Rejects with kafkajs's own errors; kafka-failure.ts translates them.
 */
export async function openSocket(
  address: { host: string; port: number },
  options: ConnectionOptions,
  versions: ApiVersions | null,
): Promise<BrokerSocket> {
  const reception = createReception();
  const logger = internals.createLogger({ level: LOG_LEVEL_WARN, logCreator: () => logTo(options.log) });
  const pool = new internals.ConnectionPool({
    ...address,
    logger,
    clientId: options.clientId,
    socketFactory: (target: Parameters<typeof openTcp>[0]) => openTcp(target, reception),
    connectionTimeout: options.connectTimeoutMs,
    requestTimeout: options.requestTimeoutMs,
    ssl: options.connection.ssl,
    // kafkajs keeps its authenticator inside this object.
    sasl: options.connection.sasl === null ? null : { ...options.connection.sasl },
  });
  // The pool makes two connections and lets the second, for Fetch, rest until it is asked for: this is a pool of one.
  const connection = pool.pool[0]!;
  reception.attach(connection);
  const broker = new internals.Broker({ connectionPool: pool, logger, versions, allowAutoTopicCreation: false });
  const loginAt = performance.now();
  try {
    await broker.connect();
  } catch (error) {
    destroy(connection);
    throw error;
  }
  const loginMs = Number(connection.sessionLifetime.toString()) || Number.POSITIVE_INFINITY;
  return {
    versions: broker.versions,
    takesRequests: () => connection.isConnected() && performance.now() - loginAt < loginMs * LOGIN_SHARE_USED,
    send: (request) => send(connection, options.clientId, request),
    throttle: (ms) => connection.requestQueue.maybeThrottle(ms),
    destroy: () => destroy(connection),
  };
}

/** The responses of a connection, read into memory of their own. While SASL talks, kafkajs gets the bytes instead. */
function createReception(): Reception {
  let connection: Connection | null = null;
  const assembler = createResponseAssembler(RESPONSE_BYTES_MAX, (response) => {
    const payload = response.subarray(CORRELATION_ID_BYTES);
    const head = { size: response.length, correlationId: response.readInt32BE(0) };
    connection?.requestQueue.fulfillRequest({ ...head, payload });
  });
  return {
    attach(opened) {
      connection = opened;
      const duringAuthentication = opened.processData.bind(opened);
      opened.processData = (chunk) => {
        if (opened.authHandlers) duringAuthentication(chunk);
        else assembleChunk(assembler, chunk);
      };
    },
    onread: {
      buffer: () => assembler.room(),
      callback(bytes) {
        // kafkajs keeps what it is given, and this memory is written over: it gets a copy.
        if (connection?.authHandlers) connection.processData(Buffer.from(assembler.room().subarray(0, bytes)));
        else assembler.filled(bytes);
        return true;
      },
    },
  };
}

/** kafkajs's default factory leaves Nagle's algorithm on, which can hold a small request back for 40 ms. */
function openTcp(
  target: { host: string; port: number; ssl: unknown; onConnect: () => void },
  { onread }: Reception,
): net.Socket {
  const { host, port, onConnect } = target;
  const servername = net.isIP(host) === 0 ? { servername: host } : {};
  const socket: net.Socket = target.ssl
    ? tls.connect({ host, port, ...servername }, onConnect)
    : net.connect({ host, port, onread }, onConnect);
  socket.setNoDelay(true);
  socket.setKeepAlive(true, KEEP_ALIVE_DELAY_MS);
  return socket;
}

async function send(connection: Connection, clientId: string, request: RawRequest): Promise<Buffer> {
  const correlationId = connection.nextCorrelationId();
  const head = encodeHead(request, correlationId, clientId);
  const { apiKey, apiName, apiVersion } = request;
  const reply = await new Promise<{ payload: Buffer }>((resolve, reject) => {
    connection.requestQueue.push({
      entry: { apiKey, apiName, apiVersion, correlationId, resolve, reject },
      expectResponse: true,
      requestTimeout: connection.requestTimeout + request.waitMaxMs,
      sendRequest: () => writeParts(connection, [head, ...request.parts]),
    });
  });
  return reply.payload;
}

function writeParts(connection: Connection, parts: readonly Buffer[]): void {
  const { socket } = connection;
  if (!connection.isConnected() || socket === undefined) {
    throw Object.assign(new Error('The connection is closed.'), { name: 'KafkaJSConnectionClosedError' });
  }
  socket.cork();
  for (const part of parts) socket.write(part);
  socket.uncork();
}

function encodeHead(request: RawRequest, correlationId: number, clientId: string): Buffer {
  const client = Buffer.from(clientId, 'utf8');
  const head = Buffer.alloc(HEADER_BYTES + client.length);
  const bodyBytes = request.parts.reduce((sum, part) => sum + part.length, 0);
  head.writeInt32BE(head.length - 4 + bodyBytes, 0);
  head.writeInt16BE(request.apiKey, 4);
  head.writeInt16BE(request.apiVersion, 6);
  head.writeInt32BE(correlationId, 8);
  head.writeInt16BE(client.length, 12);
  client.copy(head, HEADER_BYTES);
  return head;
}

/** kafkajs's own disconnect waits for the answers still due, which for a long poll may take its whole waiting time. */
function destroy(connection: Connection): void {
  connection.connectionStatus = 'disconnected';
  connection.requestQueue.destroy();
  connection.rejectRequests(
    Object.assign(new Error('The connection was closed.'), { name: 'KafkaJSConnectionClosedError' }),
  );
  connection.socket?.destroy();
}

function logTo(log: KafkaLog): (entry: { label: string; log: { message: string } & Record<string, unknown> }) => void {
  return ({ label, log: { message, ...fields } }) => log(label, message, fields);
}
