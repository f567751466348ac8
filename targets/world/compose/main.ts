/**
 * The main process of the composed world (service `world`): finds everything that docker-compose.yml has started, makes
 * a world of it, writes world.json and stays. Settings: ANTIPODE_DEFECT, ANTIPODE_SPEED. Ends with 1 when a part of the
 * world ends by itself: a world that lacks one is none.
 */
import { activeActive } from '../active-active/assembly.ts';
import { DEFECTS, isDefect } from '../active-active/defects.ts';
import { composeGround, unpublish } from './ground.ts';

const { ANTIPODE_DEFECT: defect = '', ANTIPODE_SPEED: speed = '' } = process.env;
if (defect !== '' && !isDefect(defect)) fail(`unknown ANTIPODE_DEFECT "${defect}"; there is ${DEFECTS.join(', ')}`);
if (speed !== '' && speed !== 'fast' && speed !== 'real') fail(`unknown ANTIPODE_SPEED "${speed}"; fast or real`);

const leave = (code: number): void => void unpublish().finally(() => process.exit(code));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => leave(0));

try {
  await unpublish();
  const ground = await composeGround((message) => {
    console.error(`the world is broken: ${message}`);
    leave(1);
  });
  const path = await activeActive(
    { world: 'active-active', defect: isDefect(defect) ? defect : null, speed: speed === 'real' ? 'real' : 'fast' },
    ground,
  );
  console.log(`active-active is up: ${path}`);
} catch (error) {
  console.error((error as Error).message);
  leave(1);
}

function fail(message: string): never {
  console.error(message);
  process.exit(2);
}
