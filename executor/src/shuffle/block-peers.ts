import { wire } from '@millrace/proto';
import type { RpcClient, Transport } from '@millrace/shared/rpc';

export type BlockClient = RpcClient<(typeof wire.BlockService)['service']>;

export type BlockPeers = {
  /** The client of the executor at `address`; connects with its first call. */
  at(address: string): BlockClient;
  close(): void;
};

/** Executors come and go under new addresses; the ones not used for longest are closed. Connections. */
const PEERS_MAX = 256;

export function createBlockPeers(transport: Transport): BlockPeers {
  const clients = new Map<string, BlockClient>();
  return {
    at: (address) => {
      const client =
        clients.get(address) ?? transport.connect(wire.BlockService, address, { unavailable: 'BLOCK_LOST' });
      clients.delete(address);
      clients.set(address, client);
      const [oldest] = clients;
      if (clients.size > PEERS_MAX && oldest) {
        clients.delete(oldest[0]);
        oldest[1].close();
      }
      return client;
    },
    close: () => {
      for (const client of clients.values()) client.close();
      clients.clear();
    },
  };
}
