/**
 * The main process of a composed world (service `world`): finds everything that docker-compose.yml has started, makes
 * a world of it, writes world.json and stays. Settings: ANTIPODE_WORLD, ANTIPODE_DEFECT, ANTIPODE_SPEED. Ends with 1
 * when a part of the world ends by itself: a world that lacks one is none.
 */
import { type Choice, choose } from '../kit/world.ts';
import { WORLDS } from '../worlds.ts';
import { composeGround, unpublish } from './ground.ts';

const leave = (code: number): void => void unpublish().finally(() => process.exit(code));

let choice: Choice;
try {
  choice = settings();
} catch (error) {
  fail((error as Error).message);
}
const { world, wishes } = choice;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => leave(0));
try {
  await unpublish();
  const ground = await composeGround(world.topology, (message) => {
    console.error(`the world is broken: ${message}`);
    leave(1);
  });
  const path = await world.start(wishes, ground);
  console.log(`${wishes.world} is up: ${path}`);
} catch (error) {
  console.error((error as Error).message);
  leave(1);
}

/** What the environment asks for. */
function settings(): Choice {
  const { ANTIPODE_WORLD: world, ANTIPODE_DEFECT: defect, ANTIPODE_SPEED: speed } = process.env;
  const names = { world: 'ANTIPODE_WORLD', defect: 'ANTIPODE_DEFECT', speed: 'ANTIPODE_SPEED' };
  return choose(WORLDS, { world, defect: defect || null, speed: speed || 'fast' }, names);
}

function fail(message: string): never {
  console.error(message);
  process.exit(2);
}
