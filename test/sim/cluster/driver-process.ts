import { wire } from '@millrace/proto';
import { takePartInElections } from '../../../driver/src/leadership/driver-roles.ts';
import type { World } from '../world/world.ts';
import type { CompiledShape } from './job-shape.ts';
import { noMetrics, quietLogger } from './silence.ts';

export const DRIVER_PORT = 7000;

/** A driver process, as driver/src/start-driver.ts puts it together, on the edges of the world. */
const noTables = () => Promise.reject(new Error('simulated jobs have no tables'));

export async function startSimulatedDriver(
  world: World,
  host: string,
  { spec, plan }: CompiledShape,
  onFailed: (error: unknown) => void,
): Promise<{ stop(): Promise<void> }> {
  const { process, edges } = world.enter(host);
  const { clock, random, transport, kafka, store } = edges;
  const log = quietLogger((line) => world.log(process, line));
  const roles = takePartInElections(
    {
      ...{ clock, random, log, metrics: noMetrics(), transport, store },
      connectKafka: async () => kafka,
      loader: { load: noTables, check: noTables },
      compile: async () => ({ spec, plan }),
      observe: () => () => {},
      show: () => {},
    },
    onFailed,
  );
  const services = [roles.serve(wire.ControlService, 'control'), roles.serve(wire.ClusterService, 'cluster')];
  const server = await transport.serve({ host, port: DRIVER_PORT, services });
  const address = `${host}:${DRIVER_PORT}`;
  await roles.stand({ address, seat: address });
  return {
    async stop() {
      await roles.leave();
      await server.close(0);
    },
  };
}
