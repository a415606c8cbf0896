/** `orrery completion`: scripts made from the table of commands itself. */
import type { Command } from 'commander';
import { CliError } from '../error.ts';

export function completion(shell: string, program: Command): void {
  const script = scriptFor(shell, program);
  if (script === undefined) throw new CliError(`there is no completion for "${shell}": choose bash, zsh or fish`, 2);
  process.stdout.write(script);
}

/** The script for a shell; undefined for one that is not known. */
export const scriptFor = (shell: string, program: Command): string | undefined => scripts[shell]?.(program);

interface Words {
  readonly name: string;
  readonly words: readonly string[];
}

/** Hidden ones are not for people, and `help` is an option already. */
const visible = (program: Command): readonly Command[] =>
  program
    .createHelp()
    .visibleCommands(program)
    .filter(command => command.name() !== 'help');

/** What may follow each command: its options and sub-commands. */
const wordsOf = (program: Command): Words[] =>
  visible(program).map(command => ({
    name: command.name(),
    words: [...command.commands.map(child => child.name()), ...command.options.map(option => option.long!), '--help'],
  }));

const bash = (program: Command): string => {
  const commands = wordsOf(program);
  const cases = commands.map(({ name, words }) => `    ${name}) words="${words.join(' ')}" ;;`).join('\n');
  return `_orrery() {
  local words current="\${COMP_WORDS[COMP_CWORD]}"
  case "\${COMP_WORDS[1]}" in
${cases}
    *) words="${commands.map(({ name }) => name).join(' ')}" ;;
  esac
  if [ "$COMP_CWORD" -eq 1 ]; then words="${commands.map(({ name }) => name).join(' ')}"; fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  [ \${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -f -- "$current"))
}
complete -o filenames -F _orrery orrery ./orrery
`;
};

const scripts: Readonly<Record<string, (program: Command) => string>> = {
  bash,
  zsh: program => `autoload -U +X bashcompinit && bashcompinit\n${bash(program)}`,
  fish: program =>
    wordsOf(program)
      .flatMap(({ name, words }) => [
        `complete -c orrery -n __fish_use_subcommand -a ${name}`,
        ...words.map(word =>
          word.startsWith('--')
            ? `complete -c orrery -n '__fish_seen_subcommand_from ${name}' -l ${word.slice(2)}`
            : `complete -c orrery -n '__fish_seen_subcommand_from ${name}' -a ${word}`,
        ),
      ])
      .map(line => `${line}\n`)
      .join(''),
};
