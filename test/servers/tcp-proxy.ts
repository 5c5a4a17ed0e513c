import { createServer, connect as dial, type Socket } from 'node:net';
import { freePort } from './free-port.ts';

/** Stands before a server, as the network does: can be cut, slowed down, and pointed elsewhere. */
export type TcpProxy = {
  port: number;
  /** Where new connections lead. */
  pointAt(port: number): void;
  /** Nothing passes any more, in either direction, and nobody is told: connections stand, and new ones are never answered. */
  cut(): void;
  /** What was held back passes on. */
  heal(): void;
  /** Breaks every connection there is. */
  reset(): void;
  /** From now on each piece of an answer comes so much later, ms. */
  delayAnswers(ms: number): void;
  close(): Promise<void>;
};

export async function openTcpProxy(targetPort: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let target = targetPort;
  let isCut = false;
  let delayMs = 0;

  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    if (isCut) socket.pause();
  };
  const pass = (from: Socket, to: Socket, lateMs: () => number) => {
    from.on('data', (piece) => {
      const late = lateMs();
      if (late > 0) setTimeout(() => to.write(piece), late).unref();
      else to.write(piece);
    });
    from.on('close', () => to.destroy());
  };
  const server = createServer((near) => {
    const far = dial(target, '127.0.0.1');
    keep(near);
    keep(far);
    pass(near, far, () => 0);
    pass(far, near, () => delayMs);
    if (isCut) for (const socket of [near, far]) socket.pause();
  });
  const port = await freePort();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  server.unref();
  return {
    port,
    pointAt: (elsewhere) => {
      target = elsewhere;
    },
    cut: () => {
      isCut = true;
      for (const socket of sockets) socket.pause();
    },
    heal: () => {
      isCut = false;
      for (const socket of sockets) socket.resume();
    },
    reset: () => {
      for (const socket of sockets) socket.destroy();
    },
    delayAnswers: (ms) => {
      delayMs = ms;
    },
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
