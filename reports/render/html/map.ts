/** World map of the lanes with requests, coloured by p99 against the headline limit. */
import { geoNaturalEarth1, geoPath } from 'd3-geo';
import type { GeoProjection } from 'd3-geo';
import type { MultiPolygon } from 'geojson';
import { feature } from 'topojson-client';
import type { GeometryCollection, Topology } from 'topojson-specification';
import landTopology from 'world-atlas/land-110m.json' with { type: 'json' };
import type { PlanOrigin, RunPlan } from '../../../src/formats/plan.ts';
import type { OriginFigures, RunResult } from '../../run-result.ts';
import { count, ms, percent } from '../../../src/formats/words.ts';
import { html } from '../../../src/html/html-tag.ts';
import type { Html } from '../../../src/html/html-tag.ts';
import { laneLegend, laneStep } from './lane-steps.ts';

const WIDTH = 1000;
/** Crops Antarctica, which would take a fifth of the map. */
const SOUTH_END = -58;
const LABEL_PX = 11;

export function mapPart(plan: RunPlan, result: RunResult): Html {
  const projection = projectWorld();
  const height = Math.round(projection([0, SOUTH_END])![1]);
  const limitMs = result.headline.limitMs;
  const cities = result.origins.flatMap((figures) => {
    const origin = plan.origins.find((o) => o.id === figures.origin && o.kind === 'city');
    return origin ? [{ origin, figures, at: projection([origin.lon, origin.lat])! }] : [];
  });
  const regions = plan.regions.map((region) => ({ region, at: projection([region.lon, region.lat])! }));
  return html` <section id="map" aria-labelledby="map-title">
    <h2 id="map-title">Latency by city</h2>
    <p class="lead">
      <b>${percent(result.headline.populationShare)}</b> of users live in cities whose read p99 is ≤ ${ms(limitMs)};
      <b>${percent(result.headline.requestShare)}</b> of all reads took at most ${ms(limitMs)}.
    </p>
    <figure>
      <svg
        class="map"
        viewBox="0 0 ${WIDTH} ${height}"
        role="img"
        aria-label="World map: lanes from ${cities.length} cities to ${regions.length} regions, coloured by p99 against ${ms(limitMs)}. The table below has the same figures."
      >
        <path class="land" d="${landPath(projection)}" />
        <g fill="none">${lanes(plan, cities, projection, limitMs)}</g>
        ${cities.map(({ origin, figures, at }) => cityMark(origin, figures, at, limitMs))}
        ${regions.map(({ region, at }) => regionMark(region.id, region.city, at))} ${placeLabels(cities, regions)}
      </svg>
      <figcaption>
        ${laneLegend(limitMs)}
        <ul class="legend">
          <li>
            <svg viewBox="0 0 14 14" width="14" height="14" aria-hidden="true">
              <rect class="region" x="2.5" y="2.5" width="9" height="9" transform="rotate(45 7 7)" />
            </svg>
            region
          </li>
          <li>
            <svg viewBox="0 0 14 14" width="14" height="14" aria-hidden="true">
              <circle class="city" cx="7" cy="7" r="4" />
            </svg>
            city, area by share of requests
          </li>
          <li>
            <svg viewBox="0 0 14 14" width="14" height="14" aria-hidden="true">
              <circle class="city forbidden" cx="7" cy="7" r="4" />
            </svg>
            hollow: even the fastest possible read takes more than ${ms(limitMs)}
          </li>
          <li>wider line: more requests</li>
        </ul>
      </figcaption>
    </figure>
  </section>`;
}

/** Natural Earth, rotated so that the edge runs through the Bering Strait and splits no land. */
const projectWorld = (): GeoProjection =>
  geoNaturalEarth1().rotate([-11, 0]).fitWidth(WIDTH, { type: 'Sphere' }).precision(0.3);

interface CityOnMap {
  origin: PlanOrigin;
  figures: OriginFigures;
  at: [number, number];
}

function landPath(projection: GeoProjection): string {
  const topology = landTopology as unknown as Topology<{ land: GeometryCollection }>;
  const polygons = feature(topology, topology.objects.land).features.flatMap(
    (f) => (f.geometry as MultiPolygon).coordinates,
  );
  const inhabited = polygons.filter((rings) => rings[0]!.some(([, lat]) => lat! > SOUTH_END));
  return geoPath(projection).digits(1)({ type: 'MultiPolygon', coordinates: inhabited }) ?? '';
}

/** Great circles; the slowest are drawn last, on top. */
function lanes(plan: RunPlan, cities: CityOnMap[], projection: GeoProjection, limitMs: number): Html[] {
  const path = geoPath(projection).digits(1);
  const most = Math.max(1, ...cities.flatMap(({ figures }) => figures.laneN));
  return cities
    .flatMap(({ origin, figures }) =>
      plan.regions.map((region, r) => ({
        origin,
        region,
        p99: figures.laneP99Ms[r] ?? null,
        n: figures.laneN[r] ?? 0,
      })),
    )
    .filter((lane) => lane.n > 0)
    .toSorted((a, b) => (a.p99 ?? Infinity) - (b.p99 ?? Infinity))
    .map(({ origin, region, p99, n }) => {
      const arc = path({
        type: 'LineString',
        coordinates: [
          [origin.lon, origin.lat],
          [region.lon, region.lat],
        ],
      });
      const kind = laneStep(p99 ?? Infinity, limitMs).kind;
      const width = (0.6 + 3 * Math.sqrt(n / most)).toFixed(1);
      return html`<path class="lane ${kind}" stroke-width="${width}" d="${arc ?? ''}"
        ><title>${origin.city} to ${region.id}: p99 ${ms(p99)}, ${count(n)} requests</title></path
      >`;
    });
}

/** Area of the mark grows with the city's share. */
const radius = (origin: PlanOrigin): number => 2.5 + 9 * Math.sqrt(origin.share);

function cityMark(origin: PlanOrigin, figures: OriginFigures, [x, y]: [number, number], limitMs: number): Html {
  const kind = figures.floorMs > limitMs ? 'city forbidden' : 'city';
  return html`<circle class="${kind}" cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="${radius(origin).toFixed(1)}"
    ><title>
      ${origin.city}: p99 ${ms(figures.p99Ms)}, floor ${ms(figures.floorMs)}, ${percent(origin.share)} of requests
    </title></circle
  >`;
}

const regionMark = (id: string, city: string, [x, y]: [number, number]): Html =>
  html`<rect
    class="region"
    x="${(x - 5).toFixed(1)}"
    y="${(y - 5).toFixed(1)}"
    width="10"
    height="10"
    transform="rotate(45 ${x.toFixed(1)} ${y.toFixed(1)})"
    ><title>${id}, ${city}</title></rect
  >`;

interface Box {
  x0: number;
  y0: number;
  x1: number;
  y1: number;
}

const overlap = (a: Box, b: Box): boolean => a.x0 < b.x1 && b.x0 < a.x1 && a.y0 < b.y1 && b.y0 < a.y1;

/** Labels where there is room: regions first, then cities by share. A city without a label still has its tooltip. */
function placeLabels(cities: CityOnMap[], regions: { region: { id: string }; at: [number, number] }[]): Html[] {
  const taken: Box[] = [...cities, ...regions].map(({ at: [x, y] }) => ({
    x0: x - 4,
    y0: y - 4,
    x1: x + 4,
    y1: y + 4,
  }));
  const wanted = [
    ...regions.map(({ region, at }) => ({ text: region.id, at, gap: 9, kind: 'map-label of-region' })),
    ...cities
      .toSorted((a, b) => b.origin.share - a.origin.share)
      .map(({ origin, figures, at }) => ({
        text: figures.p99Ms === null ? origin.city : `${origin.city} ${Math.round(figures.p99Ms)}`,
        at,
        gap: radius(origin) + 3,
        kind: 'map-label',
      })),
  ];
  return wanted.flatMap(({ text, at: [x, y], gap, kind }) => {
    const width = [...text].length * LABEL_PX * 0.62;
    const places = [
      { anchor: 'start', dx: gap, dy: 0 },
      { anchor: 'end', dx: -gap, dy: 0 },
      { anchor: 'middle', dx: 0, dy: -gap - 4 },
      { anchor: 'middle', dx: 0, dy: gap + 6 },
      { anchor: 'start', dx: gap - 2, dy: -9 },
      { anchor: 'start', dx: gap - 2, dy: 9 },
      { anchor: 'end', dx: -gap + 2, dy: -9 },
      { anchor: 'end', dx: -gap + 2, dy: 9 },
    ];
    for (const { anchor, dx, dy } of places) {
      const left = x + dx - (anchor === 'end' ? width : anchor === 'middle' ? width / 2 : 0);
      const box = { x0: left, y0: y + dy - LABEL_PX / 2, x1: left + width, y1: y + dy + LABEL_PX / 2 };
      if (box.x0 < 0 || box.x1 > WIDTH || taken.some((other) => overlap(box, other))) continue;
      taken.push(box);
      return [
        html`<text
          class="${kind}"
          x="${(x + dx).toFixed(1)}"
          y="${(y + dy + LABEL_PX * 0.35).toFixed(1)}"
          text-anchor="${anchor}"
          >${text}</text
        >`,
      ];
    }
    return [];
  });
}
