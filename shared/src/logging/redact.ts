const CENSORED = '***';

/** Fields that may hold a secret. Whole specs and plans count: they carry passwords and are too long for a line anyway. */
const SECRET_FIELDS = ['password', 'secret', 'token', 'sasl', 'specText', 'specJson', 'authorization'];

/** A secret is looked for in the logged object itself and so many levels below it: deeper objects are not logged. */
const REDACT_LEVELS = 3;

/** The redact option of every logger. */
export const LOG_REDACTION = {
  censor: CENSORED,
  paths: Array.from({ length: REDACT_LEVELS }, (_, level) =>
    SECRET_FIELDS.map((field) => `${'*.'.repeat(level)}${field}`),
  ).flat(),
};

/** `redis://user:secret@host` → `redis://user:***@host`. Text that is not a URL with a password comes back as it is. */
export function redactUrl(text: string): string {
  return text.replace(/(\w+:\/\/[^\s:/@]*:)[^\s/]*(?=@)/g, `$1${CENSORED}`);
}
