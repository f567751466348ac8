/** Run validity: checks, conservation of requests, lanes, generator. */
import type { RunPlan } from '../../../src/formats/plan.ts';
import type { RunResult } from '../../run-result.ts';
import { SYMBOL, namesInWords, serversInWords } from '../figures.ts';
import { count, ms, percent } from '../../../src/formats/words.ts';
import { html } from '../../../src/html/html-tag.ts';
import type { Html, Insertable } from '../../../src/html/html-tag.ts';
import { signs } from './prose.ts';

export function validityPart(plan: RunPlan, result: RunResult): Html {
  return html` <section id="validity" aria-labelledby="validity-title">
    <h2 id="validity-title">Run validity</h2>
    <div class="scroll" tabindex="0" role="group" aria-label="Run validity">
      <table class="figures validity">
        <thead>
          <tr>
            <th scope="col">Check</th>
            <th scope="col"></th>
            <th scope="col" class="n">Measured</th>
            <th scope="col" class="n">Limit</th>
            <th scope="col">Meaning</th>
          </tr>
        </thead>
        <tbody>
          ${result.validity.map(
            (c) =>
              html`<tr class="${c.ok ? 'is-pass' : 'is-invalid'}">
                <th scope="row">${c.id}</th>
                <td><span class="chip">${c.ok ? `${SYMBOL.PASS} ok` : `${SYMBOL.INVALID} INVALID`}</span></td>
                <td class="n">${signs(c.value)}</td>
                <td class="n">${signs(c.limit)}</td>
                <td class="words">${signs(c.note)}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    <dl class="facts">
      ${fact('Planned requests', account(result))}
      ${fact('Request counters of the target', result.counters.map((c) => `${c.region ?? 'edge'} ${count(c.requests)}`).join(', ') || 'none')}
      ${fact('Lanes', lanes(plan, result))} ${fact('Generator', generator(result))}
      ${result.names.length === 0 ? '' : fact(`Names, resolved every ${count(plan.target.ttlSeconds)} s`, namesInWords(result).join(' · '))}
      ${fact('Servers', serversInWords(result) || 'unknown versions')}
    </dl>
  </section>`;
}

const fact = (name: string, value: Insertable): Html =>
  html`<div>
    <dt>${name}</dt>
    <dd>${value}</dd>
  </div>`;

function account({ conservation: c }: RunResult): string {
  const wrong = [
    ...(c.missing > 0 ? [`${count(c.missing)} missing`] : []),
    ...(c.duplicates > 0 ? [`${count(c.duplicates)} duplicates`] : []),
    ...(c.unknown > 0 ? [`${count(c.unknown)} not in the plan`] : []),
  ];
  return (
    `${count(c.planned)} planned = ${count(c.recorded)} recorded + ${count(c.notYetDue)} not yet due + ` +
    `${count(c.interrupted)} interrupted${wrong.length > 0 ? ` + ${wrong.join(', ')}` : '; no missing, no duplicates'}`
  );
}

function lanes(plan: RunPlan, { calibration }: RunResult): string {
  if (calibration.length === 0) return plan.lanes === 'none' ? 'none: the network is as it is' : 'not calibrated';
  const off = calibration.map((lane) => ({ lane, byMs: Math.abs(lane.p50Ms - lane.nominalMs) }));
  const worst = off.reduce((a, b) => (b.byMs > a.byMs ? b : a));
  const to = plan.regions[worst.lane.region]?.id ?? (worst.lane.region < 0 ? 'the control echo' : 'the edge');
  const from = plan.origins[worst.lane.origin]?.city ?? 'the harness';
  return (
    `${count(calibration.length)} calibrated before the run; the worst median is ${ms(worst.byMs)} off ` +
    `(${from} to ${to}, nominal ${ms(worst.lane.nominalMs)}), limit ${ms(plan.validity.laneErrorMs)}`
  );
}

function generator({ generator: g }: RunResult): string {
  const memory = g.rssBytes === null ? '' : `, ${count(Math.round(g.rssBytes / 1e6))} MB`;
  const steal = g.stealShare === null ? '' : `; steal ${percent(g.stealShare)} of the machine`;
  const cpu = g.cpuShare === null ? '' : `; CPU ${percent(g.cpuShare)} of its cores${memory}`;
  return (
    `${g.tool}; sent late by p50 ${ms(g.lagP50Ms)}, p99 ${ms(g.lagP99Ms)}, at most ${ms(g.lagMaxMs)}; ` +
    `${percent(g.clientBlockedShare)} of requests were queued behind an earlier request of their client; control echo p99 ${ms(g.controlP99Ms)}${cpu}${steal}`
  );
}
