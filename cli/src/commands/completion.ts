import { MillraceError } from '@millrace/shared/errors';
import type { CommandRun } from '../command-definition.ts';
import { COMMANDS } from '../commands.ts';
import { completionScript, isShell, SHELLS } from '../completion/completion-script.ts';
import { EXIT } from '../failures/exit-code.ts';

export const completion: CommandRun = async ({ stdout }, _options, [shell]) => {
  if (!isShell(shell!)) {
    throw new MillraceError('INVALID_ARGUMENT', `there is no completion for '${shell}'`, {
      hint: `use one of ${SHELLS.join(', ')}`,
    });
  }
  stdout.write(completionScript(shell, COMMANDS));
  return EXIT.ok;
};
