/** Asks every region the same questions once the load has ended, for the claim that all answer alike. */
import type { SeenAnswer, SeenAnswers } from '../../../claims/identical-answers/seen.ts';
import { shapeOf } from '../../../claims/identical-answers/seen.ts';
import { type Asker, createAsker } from '../ask.ts';
import type { Upstream } from '../upstreams.ts';
import { afterwards, type ObservedRun, type Observer } from './observer.ts';

/** Records that every operation is asked for. */
const KEYS = 10;
const PATIENCE_MS = 5_000;
/** After so many questions in a row without an answer a region is not asked again: each would cost a time-out. */
const SILENT = 3;
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
export async function askAll(run: ObservedRun, asker: Asker): Promise<SeenAnswers> {
  const { upstreams, target, plan } = run;
  const silent = upstreams.regions.map(() => 0);
  const spacingMs = (1000 * upstreams.regions.length) / (LIMIT_PART * target.maxRatePerSecond);
  const seen: SeenAnswers = [];
  for (const question of questionsOf(run)) {
    const nextMs = Date.now() + spacingMs;
    const answers = await Promise.all(
      upstreams.regions.map((upstream, region) =>
        silent[region]! < SILENT
          ? answerOf(run, asker, upstream, region, question)
          : Promise.resolve(noAnswer(plan.regions[region]!.id, `not asked: ${SILENT} questions before had no answer`)),
      ),
    );
    for (const [region, { status }] of answers.entries()) silent[region] = status === null ? silent[region]! + 1 : 0;
    seen.push({ question: question.words, answers });
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

const noAnswer = (region: string, failure: string): SeenAnswer => ({
  region,
  status: null,
  failure,
  version: '',
  shape: '',
});

async function answerOf(
  { plan, target }: ObservedRun,
  asker: Asker,
  upstream: Upstream,
  region: number,
  { path, values }: Question,
): Promise<SeenAnswer> {
  const { id } = plan.regions[region]!;
  const asked = await asker.ask(upstream, path, values);
  if ('failure' in asked) return noAnswer(id, asked.failure);
  const header = (name: string): string => String(asked.headers[name.toLowerCase()] ?? '');
  return {
    region: id,
    status: asked.status,
    failure: null,
    version: target.observe.version === '' ? '' : header(target.observe.version),
    shape: shapeOf(asked.text, header('content-type')),
  };
}
