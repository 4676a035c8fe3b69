/** A regular grid of values over degrees, row by row from the north-west; NaN is unknown. Pure. */

export interface Surface {
  readonly west: number;
  readonly south: number;
  readonly east: number;
  readonly north: number;
  readonly columns: number;
  readonly rows: number;
  readonly values: Float64Array;
}

/** The value of the cell in which a place lies; null outside, and where nothing is known. */
export function valueAt(surface: Surface, lon: number, lat: number): number | null {
  const { west, south, east, north, columns, rows, values } = surface;
  const [x, y] = [(lon - west) / (east - west), (north - lat) / (north - south)];
  if (x < 0 || x >= 1 || y < 0 || y >= 1) return null;
  const value = values[Math.floor(y * rows) * columns + Math.floor(x * columns)]!;
  return Number.isNaN(value) ? null : value;
}

/** The middle of a cell. */
export function middleOfCell(surface: Surface, cell: number): { readonly lon: number; readonly lat: number } {
  const { west, south, east, north, columns, rows } = surface;
  const [column, row] = [cell % columns, Math.floor(cell / columns)];
  return { lon: west + ((column + 0.5) * (east - west)) / columns, lat: north - ((row + 0.5) * (north - south)) / rows };
}

/** The same surface with cells so many times finer: in between by the four cells around, never from what is unknown. */
export function finer(surface: Surface, times: number): Pick<Surface, "columns" | "rows" | "values"> {
  const { columns, rows, values } = surface;
  const [wide, high] = [columns * times, rows * times];
  const made = new Float64Array(wide * high);
  for (let y = 0; y < high; y += 1) {
    const [top, lower, down] = between(y, times, rows);
    for (let x = 0; x < wide; x += 1) {
      const own = values[Math.floor(y / times) * columns + Math.floor(x / times)]!;
      const [left, right, along] = between(x, times, columns);
      let [sum, weight] = [0, 0];
      const add = (row: number, column: number, part: number): void => {
        const value = values[row * columns + column]!;
        if (Number.isNaN(value)) return;
        sum += value * part;
        weight += part;
      };
      add(top, left, (1 - along) * (1 - down));
      add(top, right, along * (1 - down));
      add(lower, left, (1 - along) * down);
      add(lower, right, along * down);
      made[y * wide + x] = Number.isNaN(own) || weight === 0 ? NaN : sum / weight;
    }
  }
  return { columns: wide, rows: high, values: made };
}

function between(at: number, times: number, most: number): readonly [number, number, number] {
  const exact = (at + 0.5) / times - 0.5;
  const low = Math.max(0, Math.floor(exact));
  return [low, Math.min(most - 1, low + 1), Math.min(1, Math.max(0, exact - low))];
}

/** The cells with the least and the most, for a list of what the picture shows. */
export function extremesOf(surface: Surface, most: number): readonly number[] {
  const known = Array.from(surface.values.keys()).filter((cell) => !Number.isNaN(surface.values[cell]!));
  known.sort((a, b) => surface.values[b]! - surface.values[a]!);
  return known.length <= most * 2 ? known : [...known.slice(0, most), ...known.slice(-most)];
}
