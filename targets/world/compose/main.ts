/**
 * The main process of a world in docker-compose.yml (service `world`): connects the servers that Compose has started,
 * writes world.json and keeps running. Settings: ANTIPODE_WORLD, ANTIPODE_DEFECT, ANTIPODE_SPEED. Exits with 1 when a
 * part of the world exits unexpectedly, with 2 on invalid settings.
 */
import { type SelectedWorld, selectWorld } from '../kit/world.ts';
import { WORLDS } from '../worlds.ts';
import { composeGround, unpublish } from './ground.ts';

const leave = (code: number): void => void unpublish().finally(() => process.exit(code));

let choice: SelectedWorld;
try {
  choice = settings();
} catch (error) {
  fail((error as Error).message);
}
const { world, options } = choice;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => leave(0));
try {
  await unpublish();
  const ground = await composeGround(world.topology, (message) => {
    console.error(`the world is broken: ${message}`);
    leave(1);
  });
  const path = await world.start(options, ground);
  console.log(`${options.world} is up: ${path}`);
} catch (error) {
  console.error((error as Error).message);
  leave(1);
}

/** The settings from the environment. */
function settings(): SelectedWorld {
  const { ANTIPODE_WORLD: world, ANTIPODE_DEFECT: defect, ANTIPODE_SPEED: speed } = process.env;
  const names = { world: 'ANTIPODE_WORLD', defect: 'ANTIPODE_DEFECT', speed: 'ANTIPODE_SPEED' };
  return selectWorld(WORLDS, { world, defect: defect || null, speed: speed || 'fast' }, names);
}

function fail(message: string): never {
  console.error(message);
  process.exit(2);
}
