import { describe, expect, it } from 'vitest';
import { faultName, type FaultPoint, WORLD_ACTIONS } from '../../../src/formats/faults.ts';
import { type ControlProcess, FAULT_ID, httpServer, tcpServer, worldControl } from '../../../test/fault-rig.ts';
import { leftoversAt, startAll, stopAll } from '../../undo.ts';
import { prepareProcesses } from './processes.ts';

const NEVER = new AbortController().signal;
const OTHER = 'antipode.another-run.1.1800000000';

const running = (): ControlProcess[] => [
  { name: 'api-far', kind: 'api', region: 'far', state: 'running', fault: null },
  { name: 'database-far', kind: 'database', region: 'far', state: 'running', fault: null },
  { name: 'store-far', kind: 'store', region: 'far', state: 'running', fault: null },
];

const pointsAt = (control: string, ...names: string[]): FaultPoint[] =>
  names.map((name) => ({
    driver: 'world',
    name,
    kind: 'api',
    region: 'far',
    to: null,
    control,
    probe: { protocol: 'tcp', host: '127.0.0.1', port: 9 },
  }));

describe('a fault in a process of a world', () => {
  it.each(WORLD_ACTIONS)('is injected, found by name, and undone: %s', async (action) => {
    const processes = running();
    await using world = await worldControl(processes);
    const points = pointsAt(world.control, 'api-far', 'store-far');
    const undo = prepareProcesses(points, FAULT_ID, action);
    expect(await leftoversAt(points)).toEqual([]);
    await startAll(undo, NEVER);
    expect(processes.map(({ fault }) => fault)).toEqual([faultName(FAULT_ID), null, faultName(FAULT_ID)]);
    expect(await leftoversAt(points)).toEqual(undo);
    expect((await stopAll(undo)).map(({ how }) => how)).toEqual(['undone', 'undone']);
    expect(processes).toEqual(running());
    expect((await stopAll(undo)).map(({ how }) => how)).toEqual(['clean', 'clean']);
    expect(await leftoversAt(points)).toEqual([]);
  });

  it('is left alone if it belongs to another fault', async () => {
    const processes = running();
    processes[0] = { ...processes[0]!, state: 'stopped', fault: OTHER };
    await using world = await worldControl(processes);
    const undo = prepareProcesses(pointsAt(world.control, 'api-far'), FAULT_ID, 'stop');
    expect((await stopAll(undo)).map(({ how }) => how)).toEqual(['clean']);
    expect(processes[0]).toMatchObject({ state: 'stopped', fault: OTHER });
    expect(world.calls).toEqual([]);
  });

  it('is moot if process or world no longer exist', async () => {
    const gone = await worldControl(running());
    await gone[Symbol.asyncDispose]();
    await using world = await worldControl(running());
    const undo = [
      ...prepareProcesses(pointsAt(world.control, 'nobody'), FAULT_ID, 'stop'),
      ...prepareProcesses(pointsAt(gone.control, 'api-far'), FAULT_ID, 'stop'),
    ];
    expect((await stopAll(undo)).map(({ how }) => how)).toEqual(['moot', 'moot']);
    expect(await leftoversAt(pointsAt(gone.control, 'api-far'))).toEqual([]);
  });

  it('is not started anywhere if one process refuses', async () => {
    const processes = running();
    await using world = await worldControl(processes);
    const undo = prepareProcesses(pointsAt(world.control, 'api-far', 'nobody'), FAULT_ID, 'stop');
    await expect(startAll(undo, NEVER)).rejects.toThrow(/not started.*nobody: .*status 404: no process nobody/);
    expect(processes).toEqual(running());
  });

  it('is not taken for cleared because the control API is silent, failing, or another server', async () => {
    await using mute = await tcpServer(() => {});
    await using ill = await httpServer((_, response) => void response.writeHead(500).end('{"error":"no"}'));
    await using other = await httpServer();
    for (const { port } of [mute, ill, other]) {
      const points = pointsAt(`http://127.0.0.1:${port}`, 'api-far');
      await expect(stopAll(prepareProcesses(points, FAULT_ID, 'stop'))).rejects.toThrow('could not be undone');
      await expect(leftoversAt(points)).rejects.toThrow(/failed|not the control API of a world/);
    }
  });

  it('is not taken for cleared because the control API reports success', async () => {
    const processes = running();
    await using world = await worldControl(processes, (name, action) => {
      if (action === 'restore') processes[0] = { ...processes[0]!, state: 'frozen', fault: faultName(FAULT_ID) };
    });
    const undo = prepareProcesses(pointsAt(world.control, 'api-far'), FAULT_ID, 'freeze');
    await startAll(undo, NEVER);
    await expect(stopAll(undo)).rejects.toThrow(/api-far still has the fault .*got frozen/);
  });
});
