import { wire } from '@millrace/proto';
import { MillraceError } from '@millrace/shared/errors';
import { rpcService } from '@millrace/shared/rpc';
import { type ControlHandlers, transportContract } from '../../shared/rpc/transport-contract.ts';
import { createNetwork } from './network.ts';
import { createPoints } from './points.ts';
import { diceOver, seededRandom } from './random.ts';
import { createScheduler } from './scheduler.ts';

const unavailable = { unavailable: 'DRIVER_UNAVAILABLE' } as const;

/** Two processes, whose time runs while the test waits for what they do. */
function twoProcesses() {
  const scheduler = createScheduler();
  const network = createNetwork(scheduler, diceOver(seededRandom(1)), createPoints());
  const [server, client] = [scheduler.process('server'), scheduler.process('client')];
  return { scheduler, server: network.transportOf(server), client: network.transportOf(client) };
}

transportContract('simulated network', {
  async serve(t, handlers) {
    const { scheduler, server, client } = twoProcesses();
    const missing = async () => {
      throw new MillraceError('INTERNAL', 'not part of this test');
    };
    const all = Object.fromEntries(Object.keys(wire.ControlService.service).map((name) => [name, missing]));
    const service = rpcService(wire.ControlService, { ...all, ...handlers } as unknown as ControlHandlers);
    await server.serve({ host: 'server', port: 1, services: [service] });
    keepRunning(t, scheduler);
    return client.connect(wire.ControlService, 'server:1', unavailable);
  },
  absent(t) {
    const { scheduler, client } = twoProcesses();
    keepRunning(t, scheduler);
    return client.connect(wire.ControlService, 'server:1', unavailable);
  },
});

function keepRunning(t: { after(step: () => void): void }, scheduler: ReturnType<typeof createScheduler>): void {
  const timer = setInterval(() => void scheduler.run(Number.POSITIVE_INFINITY, () => false), 1);
  t.after(() => clearInterval(timer));
}
