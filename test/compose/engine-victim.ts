/** Starts an engine with a container in a network, prints its directory, and waits to be killed. */
import { startEngine } from './engine.ts';
import { loadStandIns } from './stand-ins.ts';

const say = (message: string) => console.error(message);
const engine = await startEngine(say);
await loadStandIns(engine, ['redis:8.0.6'], say);
await engine.docker(['network', 'create', 'victim']);
await engine.docker(['run', '--detach', '--network', 'victim', '--publish', '127.0.0.1::6379', 'redis:8.0.6']);
console.log(JSON.stringify({ directory: engine.directory, pid: engine.pid }));
setInterval(() => {}, 60_000);
