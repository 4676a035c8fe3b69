/** Places of a city as paths on a drawing: north is up, and a kilometre is as long one way as the other. Pure. */

export interface Shape {
  readonly id: string;
  readonly path: string;
  /** Where a name or a number stands: the middle of the largest ring's extent. */
  readonly at: readonly [number, number];
}

type Ring = readonly (readonly [number, number])[];

/** The outer and inner rings of a Polygon or MultiPolygon. */
export function ringsOf(geometry: { readonly type: string; readonly coordinates: unknown } | null): readonly Ring[] {
  if (geometry === null) return [];
  if (geometry.type === "Polygon") return geometry.coordinates as readonly Ring[];
  if (geometry.type === "MultiPolygon") return (geometry.coordinates as readonly (readonly Ring[])[]).flat();
  return [];
}

/** Shapes that fill a width and at most a height; returns the height that they take. */
export function drawShapes(
  places: readonly { readonly id: string; readonly rings: readonly Ring[] }[],
  width: number,
  most: number,
): { readonly shapes: readonly Shape[]; readonly width: number; readonly height: number } {
  const all = places.flatMap((one) => one.rings.flat());
  if (all.length === 0) return { shapes: [], width, height: 0 };
  let [west, east, south, north] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const [lon, lat] of all) {
    [west, east] = [Math.min(west, lon), Math.max(east, lon)];
    [south, north] = [Math.min(south, lat), Math.max(north, lat)];
  }
  const squeeze = Math.cos((((south + north) / 2) * Math.PI) / 180);
  const across = Math.max(1e-9, (east - west) * squeeze);
  const down = Math.max(1e-9, north - south);
  const scale = Math.min(width / across, most / down);
  const inset = (width - across * scale) / 2;
  const put = ([lon, lat]: readonly [number, number]): readonly [number, number] => [inset + (lon - west) * squeeze * scale, (north - lat) * scale];
  const shapes = places.map(({ id, rings }) => {
    const drawn = rings.map((ring) => ring.map(put));
    return { id, path: drawn.map((ring) => `M${ring.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join("L")}Z`).join(""), at: middleOf(drawn) };
  });
  return { shapes, width, height: down * scale };
}

function middleOf(rings: readonly (readonly (readonly [number, number])[])[]): readonly [number, number] {
  let [best, at]: [number, readonly [number, number]] = [-1, [0, 0]];
  for (const ring of rings) {
    const xs = ring.map(([x]) => x);
    const ys = ring.map(([, y]) => y);
    const [x0, x1, y0, y1] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    const size = (x1 - x0) * (y1 - y0);
    if (size > best) [best, at] = [size, [(x0 + x1) / 2, (y0 + y1) / 2]];
  }
  return at;
}
