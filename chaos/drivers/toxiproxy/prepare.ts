/** The undo data of a fault at proxies: plain data, changes nothing. */
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
 * The undo data of every point, with the current addresses of its proxy. Broken-harness error (exit 4) if a proxy does
 * not exist or is already disabled: it is unknown whether the undo may enable it.
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
          what: `no fault can be injected into the link ${name}: its proxy ${proxy ? 'is already disabled' : 'does not exist'}`,
          where: control,
          next: proxy ? 'Enable it.' : 'Create it, or correct the target.',
        });
      }
      const { toxics, switch: how } = change(point);
      const named = toxics.map((toxic) => toxicOf(id, toxic));
      for (const toxic of named) checkToxic(toxic);
      const { listen, upstream } = proxy;
      return { driver: 'toxiproxy', fault: id, control, proxy: name, listen, upstream, toxics: named, switch: how };
    }),
  );
