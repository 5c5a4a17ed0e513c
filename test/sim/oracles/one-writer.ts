import { demand, type Oracle } from './oracle.ts';

/** Every write is of the driver that took the job over last, under the epoch it got then. */
export const oneWriter: Oracle = {
  name: 'one writer per driver epoch',
  beforeStep({ history }, { method, args, process, result }) {
    switch (method) {
      case 'takeOver':
        demand(result.epoch > history.epoch, () => `takeOver gave epoch ${result.epoch} after ${history.epoch}`);
        return;
      case 'setStatus':
      case 'logOffsets':
      case 'commit':
      case 'amendOutputs':
      case 'markPublished': {
        const [, epoch] = args;
        demand(epoch === history.epoch, () => `${method} of epoch ${epoch} was taken under epoch ${history.epoch}`);
        const { leader } = history;
        demand(process === leader, () => `${process.name} wrote as ${leader?.name}, in epoch ${epoch}`);
        return;
      }
      default:
    }
  },
};
