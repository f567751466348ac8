import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ACTIONS } from '../chaos/drivers/fis/templates/actions.ts';
import { roleTrust } from '../chaos/drivers/fis/iam/policies.ts';
import { costOf } from '../chaos/drivers/fis/templates/limits.ts';
import { ACTIONS as CATALOGUE } from '../targets/fis/catalogue.ts';
import { ACCOUNT, compiled, exampleText, EXPERIMENTS, filledIn, targetFrom } from './aws-example.ts';

// docs/aws.md repeats much of the code: this checks that both agree.

const root = new URL('../', import.meta.url);
const page = readFileSync(new URL('docs/aws.md', root), 'utf8');

/** The rows below a table's header, split into cells. */
function table(head: string): string[][] {
  const [, rows] = page.split(`${head}\n`);
  if (rows === undefined) throw new Error(`docs/aws.md has no table ${head}`);
  return rows
    .slice(0, rows.indexOf('\n\n'))
    .split('\n')
    .filter((line) => !line.startsWith('|---'))
    .map((line) =>
      line
        .replaceAll(/^\||\|$/g, '')
        .split('|')
        .map((cell) => cell.trim()),
    );
}

/** All sources in these folders except tests, as one text. */
const sources = (...folders: string[]): string =>
  folders
    .flatMap((folder) =>
      readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
        .map((name) => readFileSync(new URL(`${folder}/${name}`, root), 'utf8')),
    )
    .join('\n');

describe('docs/aws.md', () => {
  it('lists every action of the driver, with its effect at the local endpoint', () => {
    const rows = table('| action | for | here |');
    expect(rows.map(([action]) => action!.replaceAll('`', '')).toSorted()).toEqual(Object.keys(ACTIONS).toSorted());
    for (const [action, , here] of rows) {
      const known = CATALOGUE[action!.replaceAll('`', '')];
      const what = known === undefined ? 'compiled' : known.effect ? 'carried out' : 'checked, then skipped';
      expect(here!.split(':')[0], action).toBe(what);
    }
  });

  it('quotes messages that exist in Antipode', () => {
    const code = sources('chaos').replaceAll(/\s*' \+\s*'/g, '');
    const quoted = table('| message | what to do |').flatMap(([says]) => says!.split('; '));
    expect(quoted.length).toBeGreaterThan(15);
    for (const message of quoted)
      for (const piece of message.split('…').map((text) => text.trim()))
        if (piece !== '') expect(code.includes(piece), `"${piece}" of "${message}"`).toBe(true);
  });

  it('adds up the cost of the experiments as plan does', async () => {
    const target = await targetFrom(filledIn(await exampleText()));
    const rows = table('| experiment | FIS experiments | action-minutes | US dollars |');
    expect(rows.map(([name]) => name)).toEqual([...EXPERIMENTS]);
    for (const [name, ...figures] of rows) {
      const parts = (await compiled(target, name!)).flatMap((fault) => fault.parts);
      const { actionMinutes, maxDollars } = costOf(parts);
      expect(figures, name).toEqual([String(parts.length), String(actionMinutes), maxDollars.toFixed(2)]);
    }
    const [part] = (await compiled(target, 'redis-loss')).flatMap((fault) => fault.parts);
    const inGovCloud = { ...part!.template, roleArn: part!.template.roleArn.replace('arn:aws:', 'arn:aws-us-gov:') };
    const each = [part!.template, inGovCloud].map((template) => {
      const { maxDollars, actionMinutes } = costOf([{ template }]);
      return (maxDollars / actionMinutes).toFixed(2);
    });
    expect(page).toContain(`${each[0]} US dollars per action and minute, whatever it hits (${each[1]} in GovCloud;`);
  });

  it('shows the trust policy that plan prints', () => {
    const [, shown] = /```json\n(.*?)```/s.exec(page)!;
    expect(JSON.parse(shown!.replaceAll('<account>', ACCOUNT))).toEqual(
      roleTrust(`arn:aws:iam::${ACCOUNT}:role/antipode-fis`),
    );
  });

  it('uses commands and flags that exist', () => {
    const commands = [...page.matchAll(/npm run (\w+) -- ([^\n#`]*)/g)];
    expect(commands.length).toBeGreaterThan(10);
    const cli = sources('src/cli');
    for (const [whole, command, words] of commands) {
      expect(['plan', 'chaos', 'heal', 'world'], whole).toContain(command);
      for (const [flag] of words!.matchAll(/--[a-z-]+/g)) expect(cli, whole).toMatch(new RegExp(`'${flag}[ ']`));
    }
  });
});
