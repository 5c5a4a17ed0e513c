import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MillraceError } from '../errors/index.ts';
import type { Metrics } from './metrics.ts';

/** Ready to take work, or why not, in words for whoever looks at the probe. */
export type Readiness = { ready: boolean; reason?: string | undefined };

export type HealthOptions = {
  host: string;
  /** 0: any free port. */
  port: number;
  /** False asks whoever supervises the process to restart it. */
  live(): boolean;
  /** Not ready: alive, but to be given no work (starting, draining, store unreachable). */
  ready(): Readiness;
  metrics: Pick<Metrics, 'text' | 'contentType'>;
};

export type HealthServer = { port: number; close(): Promise<void> };

/** Probes and scrapes are tiny; one that sends headers for longer is not a probe. */
const HEADERS_TIMEOUT_MS = 5_000;

/** GET /healthz, /readyz (200 or 503) and /metrics. INVALID_CONFIG when the address cannot be listened on. */
export async function startHealthServer(options: HealthOptions): Promise<HealthServer> {
  const server = createServer({ headersTimeout: HEADERS_TIMEOUT_MS }, (request, response) => {
    answer(options, request, response).catch((error: unknown) => {
      reply(response, 500, `${error instanceof Error ? error.message : String(error)}\n`);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(cannotListen(options, error)));
    server.listen(options.port, options.host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}

async function answer(options: HealthOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD');
    return reply(response, 405, 'method not allowed\n');
  }
  const [path] = (request.url ?? '/').split('?');
  switch (path) {
    case '/healthz':
      return options.live() ? reply(response, 200, 'ok\n') : reply(response, 503, 'not alive\n');
    case '/readyz': {
      const { ready, reason } = options.ready();
      return ready ? reply(response, 200, 'ok\n') : reply(response, 503, `not ready: ${reason ?? 'no reason given'}\n`);
    }
    case '/metrics':
      return reply(response, 200, await options.metrics.text(), options.metrics.contentType);
    default:
      return reply(response, 404, 'there are /healthz, /readyz and /metrics\n');
  }
}

function reply(
  response: ServerResponse,
  status: number,
  body: string,
  contentType = 'text/plain; charset=utf-8',
): void {
  if (response.headersSent) return void response.destroy();
  response.writeHead(status, { 'content-type': contentType, 'cache-control': 'no-store' }).end(body);
}

function cannotListen({ host, port }: HealthOptions, error: NodeJS.ErrnoException): MillraceError {
  return new MillraceError('INVALID_CONFIG', `cannot serve health checks on ${host}:${port}: ${error.message}`, {
    hint: error.code === 'EADDRINUSE' ? 'give another port, or 0 for any free one' : 'check the host and the port',
    details: { host, port },
    cause: error,
  });
}
