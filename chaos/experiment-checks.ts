/** Checks of an experiment's faults against each other and against what its file declares. */
import { CLAIMS } from '../claims/index.ts';
import type { Target } from '../src/config/types.ts';
import type { YamlFile } from '../src/config/places.ts';
import type { ErrorParts } from '../src/errors.ts';
import type { PlanFault } from '../src/formats/faults.ts';

/** Two faults on one link at the same time cannot be undone separately. */
export function overlappingFaults(faults: PlanFault[], file: YamlFile): ErrorParts[] {
  return faults.flatMap((fault, i) =>
    faults.slice(0, i).flatMap((other): ErrorParts[] => {
      if (fault.fromMs >= other.toMs || other.fromMs >= fault.toMs) return [];
      const shared = fault.sites.find((site) =>
        other.sites.some(({ name, control }) => name === site.name && control === site.control),
      );
      if (!shared) return [];
      return [
        {
          where: file.at(['faults', fault.number - 1]),
          what: `faults ${other.number} and ${fault.number} overlap on one site, so they cannot be undone separately`,
          got: shared.name,
          next: 'End one before the other begins.',
        },
      ];
    }),
  );
}

/** A limit on an evacuation that the file does not declare. */
export function limitWithoutEvacuation(
  { limits, evacuate }: { limits: Partial<Record<string, number>>; evacuate?: unknown },
  file: YamlFile,
): ErrorParts[] {
  if (limits['evacuationSeconds'] === undefined || evacuate !== undefined) return [];
  return [
    {
      where: file.at(['limits', 'evacuationSeconds'], 'key'),
      what: 'a limit on the evacuation, but the experiment has no evacuation',
      expected: 'an `evacuate:` block',
      next: 'Add it, or remove the limit.',
    },
  ];
}

/** Claims under `keeps:` that the target does not have, or that are not on requests. */
export function notKept({ keeps }: { keeps: string[] }, target: Target, file: YamlFile): ErrorParts[] {
  const known = target.claims.filter(({ kind }) => CLAIMS[kind].judges === 'requests').map(({ id }) => id);
  return keeps.flatMap((id, i): ErrorParts[] =>
    known.includes(id)
      ? []
      : [
          {
            where: file.at(['keeps', i]),
            what: `target ${target.name} has no such claim on requests`,
            got: id,
            expected: `one of ${known.join(', ')}`,
          },
        ],
  );
}

/** Faults that last longer than the declared blast radius. */
export function longerThanBlastRadius(
  faults: PlanFault[],
  { blastRadius }: { blastRadius: { seconds: number } },
  file: YamlFile,
): ErrorParts[] {
  const lastsMs = Math.max(...faults.map(({ toMs }) => toMs)) - Math.min(...faults.map(({ fromMs }) => fromMs));
  if (lastsMs <= blastRadius.seconds * 1000) return [];
  return [
    {
      where: file.at(['blastRadius', 'seconds']),
      what: 'the faults last longer than the declared blast radius',
      got: `${lastsMs / 1000} s`,
      expected: `at most ${blastRadius.seconds} s`,
      next: 'Shorten the faults, or raise `blastRadius.seconds`.',
    },
  ];
}
