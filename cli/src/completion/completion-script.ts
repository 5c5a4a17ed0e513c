import type { CommandDefinition } from '../command-definition.ts';
import { CLIENT_OPTIONS } from '../options/client-options.ts';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

export function isShell(text: string): text is Shell {
  return SHELLS.some((shell) => shell === text);
}

/** What a command completes: its flags, and what its first argument is. */
type Completed = { name: string; summary: string; flags: string[]; first: 'job' | 'file' | 'shell' | 'none' };

/** Names of jobs are asked of the driver when the key is pressed; everything else is written into the script. */
const JOB_NAMES = 'millrace jobs --quiet 2>/dev/null';
const COMMON_FLAGS = ['--verbose', '--help'];

export function completionScript(shell: Shell, commands: readonly CommandDefinition[]): string {
  const completed = commands.map(completedOf);
  switch (shell) {
    case 'bash':
      return bashScript(completed);
    case 'zsh':
      return zshScript(completed);
    case 'fish':
      return fishScript(completed);
  }
}

function completedOf({ name, summary, flags, table, remote, oneForm, args }: CommandDefinition): Completed {
  const own = [...flags.map(([flag]) => flag), ...Object.values(table ?? {}).map(({ flag }) => flag)];
  const all = [...own, ...(remote ? [CLIENT_OPTIONS.driver.flag] : [])].map(longFlag);
  const first = /^<(job|file|shell)>/.exec(args)?.[1] ?? 'none';
  return {
    name,
    summary,
    flags: [...all, ...(oneForm ? [] : ['--json']), ...COMMON_FLAGS],
    first: first as Completed['first'],
  };
}

/** `-f, --follow` and `--lanes <count>` → `--follow`, `--lanes`. */
function longFlag(flag: string): string {
  return /--[a-z-]+/.exec(flag)![0];
}

function bashScript(commands: readonly Completed[]): string {
  const cases = commands.map(({ name, flags, first }) => `    ${name}) flags="${flags.join(' ')}"; first=${first} ;;`);
  return `# bash completion for millrace. Load it with: source <(millrace completion bash)
_millrace() {
  local word="\${COMP_WORDS[COMP_CWORD]}" flags="" first=none
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${commands.map(({ name }) => name).join(' ')} --help" -- "$word"))
    return
  fi
  case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
  esac
  case "$word" in
    -*) COMPREPLY=($(compgen -W "$flags" -- "$word")); return ;;
  esac
  case "$first" in
    job) COMPREPLY=($(compgen -W "$(${JOB_NAMES})" -- "$word")) ;;
    file) COMPREPLY=($(compgen -f -- "$word")) ;;
    shell) COMPREPLY=($(compgen -W "${SHELLS.join(' ')}" -- "$word")) ;;
  esac
}
complete -o filenames -F _millrace millrace
`;
}

function zshScript(commands: readonly Completed[]): string {
  const names = commands.map(({ name, summary }) => `    ${quoted(`${name}:${summary.replaceAll(':', '\\:')}`)}`);
  const cases = commands.map(({ name, flags, first }) => `    ${name}) flags=(${flags.join(' ')}); first=${first} ;;`);
  return `#compdef millrace
# zsh completion for millrace. Load it with: source <(millrace completion zsh)
_millrace() {
  local -a commands flags
  local first=none
  commands=(
${names.join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe 'command' commands
    return
  fi
  case "$words[2]" in
${cases.join('\n')}
  esac
  if [[ "$PREFIX" == -* ]]; then
    compadd -- $flags
    return
  fi
  case "$first" in
    job) compadd -- \${(f)"$(${JOB_NAMES})"} ;;
    file) _files ;;
    shell) compadd -- ${SHELLS.join(' ')} ;;
  esac
}
compdef _millrace millrace
`;
}

function fishScript(commands: readonly Completed[]): string {
  const lines = commands.flatMap(({ name, summary, flags, first }) => {
    const within = `-n '__fish_seen_subcommand_from ${name}'`;
    return [
      `complete -c millrace -n __fish_use_subcommand -a ${name} -d ${quoted(summary)}`,
      ...flags.map((flag) => `complete -c millrace ${within} -l ${flag.slice(2)}`),
      ...(first === 'job' ? [`complete -c millrace ${within} -a '(${JOB_NAMES})'`] : []),
      ...(first === 'shell' ? [`complete -c millrace ${within} -a '${SHELLS.join(' ')}'`] : []),
      ...(first === 'file' ? [`complete -c millrace ${within} -F`] : []),
    ];
  });
  return `# fish completion for millrace. Save it as ~/.config/fish/completions/millrace.fish
complete -c millrace -f
${lines.join('\n')}
`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
