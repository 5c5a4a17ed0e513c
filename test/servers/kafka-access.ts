/** How clients come to a Kafka that does not take anybody. */
export type KafkaAccess = {
  /** Known by PLAIN and by both kinds of SCRAM. */
  user: { username: string; password: string };
  /** Connections are encrypted, and the broker shows this certificate. PEM, PKCS #8. */
  tls?: { certificate: string; privateKey: string };
};

/** Each is one setting of its own. */
const SCRAM = ['SCRAM-SHA-256', 'SCRAM-SHA-512'] as const;

/**
 * The properties that close the listener of kafka-config.ts. It keeps its name, PLAINTEXT, which brokers among themselves
 * use as well: each logs in to the others as that user.
 */
export function accessProperties({ user, tls }: KafkaAccess): Record<string, string> {
  const module = 'org.apache.kafka.common.security';
  const { username, password } = user;
  const plain = `username="${username}" password="${password}" user_${username}="${password}"`;
  const scram = SCRAM.map((mechanism) => [
    `listener.name.plaintext.${mechanism.toLowerCase()}.sasl.jaas.config`,
    `${module}.scram.ScramLoginModule required;`,
  ]);
  return {
    'listener.security.protocol.map': `PLAINTEXT:${tls ? 'SASL_SSL' : 'SASL_PLAINTEXT'},CONTROLLER:PLAINTEXT`,
    'sasl.enabled.mechanisms': ['PLAIN', ...SCRAM].join(','),
    'sasl.mechanism.inter.broker.protocol': 'PLAIN',
    'listener.name.plaintext.plain.sasl.jaas.config': `${module}.plain.PlainLoginModule required ${plain};`,
    ...Object.fromEntries(scram),
    ...(tls && {
      'ssl.keystore.type': 'PEM',
      'ssl.keystore.certificate.chain': oneLine(tls.certificate),
      'ssl.keystore.key': oneLine(tls.privateKey),
      'ssl.truststore.type': 'PEM',
      'ssl.truststore.certificates': oneLine(tls.certificate),
    }),
  };
}

/** What formatting the storage is told: SCRAM users are records of the cluster, not settings of a broker. */
export function scramArguments({ user: { username, password } }: KafkaAccess): string[] {
  return SCRAM.flatMap((mechanism) => ['--add-scram', `${mechanism}=[name=${username},password=${password}]`]);
}

const oneLine = (pem: string): string => pem.trim().replaceAll('\n', '\\n');
