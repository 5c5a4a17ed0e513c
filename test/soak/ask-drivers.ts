import { wire } from '@millrace/proto';
import { connect } from '@millrace/shared/rpc';
import type { ControlClient } from '../../cli/src/driver-client/driver-client.ts';

export type DriverQuestions = {
  /** Asks the drivers in turn until one answers; rejects with what the last one said. */
  ask<Reply>(question: (control: ControlClient) => Promise<Reply>): Promise<Reply>;
  close(): void;
};

/** Any of them will do, since those that stand by pass everything on; but each may be dead or stand still. */
export function askDrivers(addresses: readonly string[]): DriverQuestions {
  const controls = addresses.map((address) =>
    connect(wire.ControlService, address, { unavailable: 'DRIVER_UNAVAILABLE' }),
  );
  return {
    async ask(question) {
      let refusal: unknown;
      for (const control of controls) {
        try {
          return await question(control);
        } catch (error) {
          refusal = error;
        }
      }
      throw refusal;
    },
    close: () => {
      for (const control of controls) control.close();
    },
  };
}
