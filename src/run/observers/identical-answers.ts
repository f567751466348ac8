/** Asks every region the same questions once the load has ended, for the claim that all answer alike. */
import type { SeenAnswer, SeenAnswers } from '../../../claims/identical-answers/seen.ts';
import { shapeOf } from '../../../claims/identical-answers/seen.ts';
import { type Asker, createAsker } from '../ask.ts';
import type { Upstream } from '../upstreams.ts';
import { afterwards, type ObservedRun, type Observer } from './observer.ts';

/** Records that every operation is asked for. */
const KEYS = 10;
const PATIENCE_MS = 5_000;
/** Of the target's limit on requests, this part is used. */
const LIMIT_PART = 0.5;

export const identicalAnswers: Observer = (run) => {
  if (!run.plan.claims.some(({ kind }) => kind === 'identical-answers')) return null;
  return afterwards(async () => {
    await using asker = createAsker(run.target, run.plan, PATIENCE_MS);
    return [{ kind: 'observation', of: 'identical-answers', seen: await askAll(run, asker) }];
  });
};

/** Question by question, so that all regions are asked at the same time and no more often than the target allows. */
async function askAll(run: ObservedRun, asker: Asker): Promise<SeenAnswers> {
  const { upstreams, target } = run;
  const spacingMs = (1000 * upstreams.regions.length) / (LIMIT_PART * target.maxRatePerSecond);
  const seen: SeenAnswers = [];
  for (const question of questionsOf(run)) {
    const nextMs = Date.now() + spacingMs;
    const answers = upstreams.regions.map((upstream, region) => answerOf(run, asker, upstream, region, question));
    seen.push({ question: question.words, answers: await Promise.all(answers) });
    await new Promise((resolve) => setTimeout(resolve, nextMs - Date.now()));
  }
  return seen;
}

interface Question {
  words: string;
  path: string;
  values: Record<string, string | number>;
}

/** What can be asked of every region without changing anything: GET, without headers or bodies of its own. */
function questionsOf({ plan }: ObservedRun): Question[] {
  const asked = plan.operations.slice(0, -1).filter(({ kind, method, via, headers }) => {
    return kind === 'request' && method === 'GET' && via === 'region' && Object.keys(headers).length === 0;
  });
  return asked.flatMap(({ name, path }): Question[] => {
    const tenant = plan.tenants[0]?.id ?? '';
    const keys = path.includes('{key}') ? Array.from({ length: KEYS }, (_, i) => i + 1) : [0];
    return keys.map((key) => ({ words: keys.length > 1 ? `${name} ${key}` : name, path, values: { key, tenant } }));
  });
}

async function answerOf(
  { plan, target }: ObservedRun,
  asker: Asker,
  upstream: Upstream,
  region: number,
  { path, values }: Question,
): Promise<SeenAnswer> {
  const { id } = plan.regions[region]!;
  const asked = await asker.ask(upstream, path, values);
  if ('failure' in asked) return { region: id, status: null, failure: asked.failure, version: '', shape: '' };
  const header = (name: string): string => String(asked.headers[name.toLowerCase()] ?? '');
  return {
    region: id,
    status: asked.status,
    failure: null,
    version: target.observe.version === '' ? '' : header(target.observe.version),
    shape: shapeOf(asked.text, header('content-type')),
  };
}
