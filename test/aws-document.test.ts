import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { compiled, exampleText, filledIn, targetFrom } from './aws-example.ts';

interface Step {
  name: string;
  action: string;
  onFailure?: string;
  onCancel?: string;
  nextStep?: string;
  isEnd?: boolean;
  inputs: Record<string, unknown>;
  outputs?: { Name: string }[];
}

const file = (name: string): string => readFileSync(new URL(`../docs/aws/${name}`, import.meta.url), 'utf8');
const text = file('replication-delay.yaml');
const { mainSteps: steps, ...document } = parse(text) as {
  schemaVersion: string;
  assumeRole: string;
  parameters: Record<string, { type: string; default?: string; allowedPattern?: string }>;
  mainSteps: Step[];
};
const step = (name: string): Step => steps.find((one) => one.name === name)!;

describe('docs/aws/replication-delay.yaml', () => {
  it('saves the old value, sets the delay, waits, and restores', () => {
    expect(document.schemaVersion).toBe('0.3');
    expect(steps.map(({ name }) => name)).toEqual(['remember', 'delay', 'wait', 'restore']);
    expect(steps.map(({ nextStep }) => nextStep)).toEqual(['delay', 'wait', 'restore', undefined]);
    expect(step('delay').inputs).toMatchObject({
      Api: 'ModifyDBParameterGroup',
      Parameters: [
        {
          ParameterName: 'recovery_min_apply_delay',
          ParameterValue: '{{ DelayMilliseconds }}',
          ApplyMethod: 'immediate',
        },
      ],
    });
    expect(step('wait').action).toBe('aws:sleep');
  });

  it('restores after a failed or cancelled step, and ends there', () => {
    for (const { name, onFailure, onCancel } of steps.slice(0, -1)) {
      expect([onFailure, onCancel], name).toEqual(['step:restore', 'step:restore']);
    }
    const last = steps.at(-1)!;
    expect([last.isEnd, last.onFailure, last.nextStep]).toEqual([true, undefined, undefined]);
    // On cancel, Automation cannot jump to a sleep step, but it can to a script step.
    expect(last.action).toBe('aws:executeScript');
  });

  it('restores from its saved value, under one name', () => {
    const scripts = ['remember', 'restore'].map((name) => String(step(name).inputs['Script']));
    const names = scripts.map((script) => /f"(\/antipode\/[^"]+)"/.exec(script)![1]);
    expect(new Set(names).size).toBe(1);
    for (const script of scripts) expect(script).toContain('recovery_min_apply_delay');
    for (const name of ['remember', 'restore']) {
      const { Handler, Script, InputPayload } = step(name).inputs;
      expect(Script).toContain(`def ${String(Handler)}(given, context):`);
      const asked = [...String(Script).matchAll(/given\["(\w+)"\]/g)].map(([, key]) => key!);
      expect(Object.keys(InputPayload as object).toSorted()).toEqual([...new Set(asked)].toSorted());
    }
  });

  it('refers only to its parameters, the outputs of its steps and variables of Automation', () => {
    const known = [
      ...Object.keys(document.parameters),
      ...steps.flatMap(({ name, outputs = [] }) => outputs.map((output) => `${name}.${output.Name}`)),
      'automation:EXECUTION_ID',
      'global:ACCOUNT_ID',
    ];
    const used = [...text.matchAll(/\{\{ ([\w.:]+) \}\}/g)].map(([, name]) => name!);
    expect(used.length).toBeGreaterThan(5);
    expect(used.filter((name) => !known.includes(name))).toEqual([]);
  });

  it('takes exactly the parameters that the driver sends', async () => {
    const target = await targetFrom(filledIn(await exampleText()));
    const [fault] = await compiled(target, 'replication-delay');
    const [action] = Object.values(fault!.parts[0]!.template.actions);
    const given = JSON.parse(action!.parameters['documentParameters']!) as Record<string, string[]>;
    const needed = Object.entries(document.parameters).filter(([, { default: has }]) => has === undefined);
    expect(needed.map(([name]) => name).toSorted()).toEqual(Object.keys(given).toSorted());
    for (const [name, { allowedPattern }] of needed) expect(given[name]![0]).toMatch(new RegExp(allowedPattern!));
  });

  it('is deployed by Terraform with its placeholder and role filled in', () => {
    expect(document.parameters['ParameterGroup']!.default).toBe('<parameter-group>');
    expect(file('region/main.tf')).toContain('replace(local.document, "<parameter-group>"');
    const role = /role\/([\w-]+)$/.exec(document.assumeRole)![1]!;
    // The only role that the FIS role may pass (iam/needs.ts).
    expect(role).toMatch(/^antipode-automation-/);
    expect(file('main.tf')).toContain(`name               = "${role}"`);
  });
});
