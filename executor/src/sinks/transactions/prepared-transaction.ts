import type { PreparedOutput } from '@millrace/proto';
import type { ProducerIdentity, WrittenPartition } from '@millrace/shared/kafka';
import { z } from 'zod';
import { detailOf } from '../encoded-output.ts';

/** What the commit entry says of a transaction, so that anyone can end it, or find what it wrote. */
const Detail = z.object({
  transactionalId: z.string(),
  /** A 64-bit number. */
  producerId: z.string(),
  producerEpoch: z.number(),
  /** Where its records begin, [partition, offset]. Others' records may lie between them. */
  begins: z.array(z.tuple([z.number(), z.number()])).min(1),
});

export type PreparedTransaction = {
  identity: ProducerIdentity;
  begins: { partition: number; offset: number }[];
  records: number;
};

export function transactionDetail(identity: ProducerIdentity, written: readonly WrittenPartition[]): string {
  const { transactionalId, producerId, producerEpoch } = identity;
  const begins = written.map(({ partition, baseOffset }): [number, number] => [partition, baseOffset]);
  const detail: z.infer<typeof Detail> = { transactionalId, producerId: String(producerId), producerEpoch, begins };
  return JSON.stringify(detail);
}

export type TransactionalOutput = { output: PreparedOutput; transaction: PreparedTransaction };

/** Outputs with their transactions; those without rows have none, and are left out. STORE_CORRUPT as `preparedTransaction`. */
export function withTransactions(outputs: readonly PreparedOutput[]): TransactionalOutput[] {
  const withRows = outputs.filter(({ detailJson }) => detailJson !== '');
  return withRows.map((output) => ({ output, transaction: preparedTransaction(output) }));
}

/** STORE_CORRUPT when it cannot be read. */
export function preparedTransaction(prepared: PreparedOutput): PreparedTransaction {
  const { transactionalId, producerId, producerEpoch, begins } = detailOf(prepared, Detail);
  return {
    identity: { transactionalId, producerId: BigInt(producerId), producerEpoch },
    begins: begins.map(([partition, offset]) => ({ partition, offset })),
    records: prepared.rows,
  };
}
