/**
 * Command line that starts a program ahead of others: a generator that waits for a core measures its own waiting. Where
 * the user may not raise priorities, `nice` says so on stderr and starts the program all the same. The process that is
 * spawned becomes the program itself, so its pid is the program's.
 */
export const withPriority = (program: string, args: string[]): [string, string[]] => [
  'nice',
  ['-n', '-10', program, ...args],
];
