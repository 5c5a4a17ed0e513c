/** How to reach a database. `tls`: `unverified` encrypts and trusts whoever answers, as `sslmode=require` does elsewhere. */
export type PostgresAddress = {
  host: string;
  port: number;
  user: string;
  password: string;
  database: string;
  tls: 'none' | 'unverified' | 'verified';
};

const PORT_DEFAULT = 5432;
const TLS = { disable: 'none', require: 'unverified', 'verify-full': 'verified' } as const;

/**
 * Reads `postgres://user:password@host:port/database?sslmode=…`, and nothing that would make a client look at files or variables
 * of its machine. What is wrong is told without any of the URL.
 */
export function readPostgresUrl(text: string): { ok: true; address: PostgresAddress } | { ok: false; message: string } {
  const url = URL.parse(text);
  if (url === null || !/^postgres(ql)?:$/.test(url.protocol)) return wrong('it is no postgres:// URL');
  const parts = [url.hostname, url.username, url.password, url.pathname.slice(1)].map(decoded);
  const [host, user, password, database] = parts;
  if (host === undefined || user === undefined || password === undefined || database === undefined)
    return wrong('a % in it is not followed by two digits');
  if (host === '' || host.startsWith('/')) return wrong('it names no host');
  if (user === '') return wrong('it names no user');
  const { sslmode = 'disable', ...others } = Object.fromEntries(url.searchParams);
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) return wrong(`it has the parameter ${unknown}; only sslmode is known`);
  if (!Object.hasOwn(TLS, sslmode)) return wrong(`its sslmode is none of ${Object.keys(TLS).join(', ')}`);
  const port = url.port === '' ? PORT_DEFAULT : Number(url.port);
  const address = { host: host.replace(/^\[|\]$/g, ''), port, user, password, database: database || user };
  return { ok: true, address: { ...address, tls: TLS[sslmode as keyof typeof TLS] } };
}

const wrong = (message: string): { ok: false; message: string } => ({ ok: false, message });

function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}
