/** What a fault will do to proxies, as plain data; nothing is changed yet. */
import { brokenError } from '../../../src/errors.ts';
import type { FaultId, FaultPoint, ToxiproxyUndo } from '../../../src/formats/faults.ts';
import { toxiproxyAt } from './client.ts';
import { checkToxic, toxicOf, type ToxicSpec } from './toxics.ts';

/** What is done to one link. */
export interface LinkChange {
  toxics: ToxicSpec[];
  switch: ToxiproxyUndo['switch'];
}

/**
 * The undo data of every point, with the addresses that its proxy has now. Broken-harness error (exit 4) if a proxy is
 * not there, or is disabled already: it would be nobody's to enable again.
 */
export const prepareProxies = (
  points: FaultPoint[],
  id: FaultId,
  change: (point: FaultPoint) => LinkChange,
): Promise<ToxiproxyUndo[]> =>
  Promise.all(
    points.map(async (point): Promise<ToxiproxyUndo> => {
      const { control, name } = point;
      const proxy = await toxiproxyAt(control).proxy(name);
      if (!proxy?.enabled) {
        throw brokenError({
          what: `the link ${name} cannot be broken: its proxy is ${proxy ? 'disabled' : 'not there'} already`,
          where: control,
          next: proxy ? 'Enable it, if that was not meant.' : 'Create it, or correct the target.',
        });
      }
      const { toxics, switch: how } = change(point);
      const named = toxics.map((toxic) => toxicOf(id, toxic));
      for (const toxic of named) checkToxic(toxic);
      const { listen, upstream } = proxy;
      return { driver: 'toxiproxy', fault: id, control, proxy: name, listen, upstream, toxics: named, switch: how };
    }),
  );
