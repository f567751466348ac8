import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { driverPolicy, rolePolicy, roleTrust } from '../chaos/drivers/fis/iam/policies.ts';
import type { FisTemplate } from '../chaos/drivers/fis/format.ts';
import type { Target } from '../src/config/types.ts';
import { ACCOUNT, compiled, exampleText, EXPERIMENTS, filledIn, OWNER, targetFrom } from './aws-example.ts';

// docs/aws/ is never applied here: its policies must match the output of `plan --driver fis`.

const read = (name: string): string => readFileSync(new URL(`../docs/aws/${name}`, import.meta.url), 'utf8');
const main = read('main.tf');
const region = read('region/main.tf');

const ROLE = `arn:aws:iam::${ACCOUNT}:role/antipode-fis`;

/** The content of the braces after each match of `head`, in HCL without braces in strings other than templates. */
function blocks(text: string, head: RegExp): string[] {
  return [...text.matchAll(head)].map(({ index, 0: { length } }) => {
    let depth = 1;
    let end = index + length;
    for (; depth > 0; end++) {
      if (end >= text.length) throw new Error(`unclosed brace after ${text.slice(index, index + 60)}`);
      if (text[end] === '{') depth++;
      if (text[end] === '}') depth--;
    }
    return text.slice(index + length, end - 1);
  });
}

const document = (name: string): string => {
  const [body, ...more] = blocks(main, new RegExp(`^data "aws_iam_policy_document" "${name}" \\{`, 'gm'));
  if (body === undefined || more.length > 0)
    throw new Error(`main.tf does not have exactly one policy document ${name}`);
  return body;
};

/** `key = [...]` or `key = "..."` as a list, with its expressions resolved. */
function list(body: string, key: string): string[] {
  const found = new RegExp(`^\\s*${key}\\s*=\\s*(?:\\[([^\\]]*)\\]|(".*"))`, 'm').exec(body);
  const items = (found?.[1] ?? found?.[2] ?? '').split(',').map((item) => item.trim());
  return items
    .filter((item) => item !== '')
    .map((item) => {
      const known: Record<string, string> = {
        'local.account': ACCOUNT,
        'local.partition': 'aws',
        'var.owner': OWNER,
        'aws_iam_role.experiments.arn': ROLE,
      };
      const inWords = (name: string): string => {
        const value = known[name];
        if (value === undefined) throw new Error(`unknown expression ${name}`);
        return value;
      };
      return item.startsWith('"')
        ? item.slice(1, -1).replaceAll(/\$\{([^}]+)\}/g, (_, name: string) => inWords(name))
        : inWords(item);
    });
}

/** One line per action, resource and conditions: what a policy allows, however it is grouped. */
function allowedByTerraform(name: string): string[] {
  return blocks(document(name), /^\s*statement \{/gm).flatMap((statement) => {
    const conditions = blocks(statement, /^\s*condition \{/gm).map((body) => {
      const [test] = list(body, 'test');
      const [variable] = list(body, 'variable');
      return `${test} ${variable} ${list(body, 'values').join(' ')}`;
    });
    const resources = list(statement, 'resources');
    return list(statement, 'actions').flatMap((action) =>
      (resources.length > 0 ? resources : ['']).map((on) => [action, on, ...conditions.toSorted()].join(' | ')),
    );
  });
}

interface AnyStatement {
  Action: string | string[];
  Resource?: string | string[];
  Condition?: Record<string, Record<string, string | string[]>>;
}

const allowedBy = (statements: AnyStatement[]): string[] =>
  statements.flatMap(({ Action, Resource = '', Condition = {} }) => {
    const conditions = Object.entries(Condition).flatMap(([test, of]) =>
      Object.entries(of).map(([variable, values]) => `${test} ${variable} ${[values].flat().join(' ')}`),
    );
    return [Action]
      .flat()
      .flatMap((action) => [Resource].flat().map((on) => [action, on, ...conditions.toSorted()].join(' | ')));
  });

const same = (a: string[], b: string[]): void => expect([...new Set(a)].toSorted()).toEqual([...new Set(b)].toSorted());

describe('docs/aws/main.tf', () => {
  let target: Target;
  let templates: FisTemplate[];
  beforeAll(async () => {
    target = await targetFrom(filledIn(await exampleText()));
    const faults = await Promise.all(EXPERIMENTS.map((experiment) => compiled(target, experiment)));
    templates = faults.flat().flatMap(({ parts }) => parts.map(({ template }) => template));
  });

  it('grants the FIS role exactly the permissions that the experiments of the example need', () => {
    const needed = allowedBy(rolePolicy(templates).Statement);
    expect(needed.length).toBeGreaterThan(30);
    same(allowedByTerraform('experiments'), needed);
  });

  it('grants the user of Antipode exactly the permissions that these experiments need', () => {
    const needed = allowedBy(driverPolicy(templates, OWNER).Statement);
    expect(needed.length).toBeGreaterThan(10);
    same(allowedByTerraform('run'), needed);
  });

  it('lets only FIS assume the role, for experiments of this account', () => {
    same(allowedByTerraform('experiments_trust'), allowedBy(roleTrust(target.fis!.roleArn).Statement));
    expect(list(document('experiments_trust'), 'identifiers')).toEqual(['fis.amazonaws.com']);
  });

  it('uses each policy where it belongs', () => {
    const [experiments] = blocks(main, /^resource "aws_iam_role_policy" "experiments" \{/gm);
    expect(experiments).toContain('data.aws_iam_policy_document.experiments.json');
    const [run] = blocks(main, /^resource "aws_iam_policy" "run" \{/gm);
    expect(run).toContain('data.aws_iam_policy_document.run.json');
    const [role] = blocks(main, /^resource "aws_iam_role" "experiments" \{/gm);
    expect(role).toContain('data.aws_iam_policy_document.experiments_trust.json');
    expect(target.fis!.roleArn).toBe(ROLE);
    expect(list(role!, 'name')).toEqual(['antipode-fis']);
  });

  it('creates alarms, log groups, documents and tags with the names used in the example', () => {
    const named = (what: string, key: string): string[] =>
      blocks(region, new RegExp(`^resource "${what}" "\\w+" \\{`, 'gm')).flatMap((body) => list(body, key));
    for (const [id, block] of Object.entries(target.fis!.regions)) {
      const { stopAlarms, logs, replication, subnets, crossRegion } = block;
      const made = named('aws_cloudwatch_metric_alarm', 'alarm_name').map(
        (name) => `arn:aws:cloudwatch:${id}:${ACCOUNT}:alarm:${name}`,
      );
      expect(stopAlarms).toEqual(made);
      const [group] = named('aws_cloudwatch_log_group', 'name');
      expect(logs!.group).toBe(`arn:aws:logs:${id}:${ACCOUNT}:log-group:${group}:*`);
      const tags = named('aws_ec2_tag', 'key').map((key, i) => ({ [key]: named('aws_ec2_tag', 'value')[i] }));
      expect([subnets!.tags, crossRegion!.subnets!.tags]).toEqual(tags);
      const [ssm] = named('aws_ssm_document', 'name');
      if (replication?.store !== 'rds-postgres') continue;
      expect(replication.delayDocument).toBe(`arn:aws:ssm:${id}:${ACCOUNT}:document/${ssm}`);
    }
  });

  it('has a provider and a module for every region of the example', () => {
    const providers = blocks(main, /^provider "aws" \{/gm).flatMap((body) => list(body, 'region'));
    expect(providers).toEqual(target.regions.map(({ id }) => id));
    const modules = [...main.matchAll(/^module "(\w+)" \{/gm)].map(([, name]) => name!.replaceAll('_', '-'));
    expect(modules).toEqual(providers);
  });
});
