import { MillraceError } from '../../errors/index.ts';

/**
 * Codes that say: this producer epoch is not, or no more, the one that may write. The transaction expired, was ended by another, or
 * the coordinator has forgotten the id (after transactional.id.expiration.ms).
 */
const FENCED: Readonly<Record<number, string>> = {
  45: 'OUT_OF_ORDER_SEQUENCE_NUMBER',
  47: 'INVALID_PRODUCER_EPOCH',
  48: 'INVALID_TXN_STATE',
  49: 'INVALID_PRODUCER_ID_MAPPING',
  59: 'UNKNOWN_PRODUCER_ID',
  90: 'PRODUCER_FENCED',
  105: 'TRANSACTIONAL_ID_NOT_FOUND',
  120: 'TRANSACTION_ABORTABLE',
};
const INVALID_TRANSACTION_TIMEOUT = 50;
const TRANSACTIONAL_ID_AUTHORIZATION_FAILED = 53;
const RIGHTS: Readonly<Record<number, string>> = {
  29: 'may not write to the topic',
  30: 'may not write offsets of the group',
  31: 'lacks a right on the cluster',
  [TRANSACTIONAL_ID_AUTHORIZATION_FAILED]: 'may not use the transactional id',
};

export const isFenced = (code: number): boolean => FENCED[code] !== undefined;

/**
 * What a refused step of a transaction means. A transaction that is over can be begun anew by another attempt
 * (SINK_UNAVAILABLE); missing rights and limits of the cluster are for people (KAFKA_REFUSED).
 */
export function transactionFailure(code: number, transactionalId: string): MillraceError {
  const details = { transactionalId, kafkaError: code };
  const fenced = FENCED[code];
  if (fenced) {
    return new MillraceError('SINK_UNAVAILABLE', `The transaction of ${transactionalId} is over (${fenced}).`, {
      hint: 'It expired, or another executor ended it; the task is tried again. If it happens often, raise transactionTimeout.',
      details,
    });
  }
  if (code === INVALID_TRANSACTION_TIMEOUT) {
    return new MillraceError('KAFKA_REFUSED', 'Kafka does not allow a transaction to last that long.', {
      hint: 'Lower transactionTimeout of the sink, or raise transaction.max.timeout.ms of the brokers.',
      details,
    });
  }
  const right = RIGHTS[code];
  return new MillraceError(
    'KAFKA_REFUSED',
    right
      ? `This user of Kafka ${right} (${transactionalId}).`
      : `Kafka refuses the transaction of ${transactionalId} (code ${code}).`,
    { hint: right ? 'The rights a transactional sink needs are listed in docs/operations.md.' : undefined, details },
  );
}
