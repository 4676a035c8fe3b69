/**
 * The height of a ground mesh at a place, by the triangle that lies there. Triangles are sorted into cells once, so a
 * question costs a handful of them. Walls, such as the skirts of a tile, cover no ground and are not found.
 */

const MOST_CELLS = 64;

export class HeightField {
  readonly #starts: Uint32Array;
  readonly #held: Uint32Array;
  readonly #west: number;
  readonly #south: number;
  readonly #cell: number;
  readonly #columns: number;
  readonly #rows: number;

  /** Positions are x, y, z in the frame of the scene. */
  constructor(
    private readonly positions: Float64Array,
    private readonly triangles: ArrayLike<number>,
  ) {
    const [west, south, east, north] = extentOf(positions);
    const count = triangles.length / 3;
    const side = Math.max(1, Math.min(MOST_CELLS, Math.round(Math.sqrt(count / 2))));
    this.#cell = Math.max(1e-3, Math.max(east - west, north - south) / side);
    this.#columns = Math.max(1, Math.ceil((east - west) / this.#cell) || 1);
    this.#rows = Math.max(1, Math.ceil((north - south) / this.#cell) || 1);
    [this.#west, this.#south] = [west, south];
    const starts = new Uint32Array(this.#columns * this.#rows + 1);
    this.#eachCell(count, (cell) => (starts[cell + 1]! += 1));
    for (let cell = 1; cell < starts.length; cell += 1) starts[cell]! += starts[cell - 1]!;
    const next = starts.slice(0, -1);
    this.#held = new Uint32Array(starts.at(-1)!);
    this.#eachCell(count, (cell, triangle) => {
      this.#held[next[cell]!] = triangle;
      next[cell]! += 1;
    });
    this.#starts = starts;
  }

  /** The highest ground at a place; null beside the mesh. */
  at(x: number, y: number): number | null {
    const column = Math.min(this.#columns - 1, Math.floor((x - this.#west) / this.#cell));
    const row = Math.min(this.#rows - 1, Math.floor((y - this.#south) / this.#cell));
    if (!(column >= 0 && row >= 0) || x > this.#west + this.#columns * this.#cell || y > this.#south + this.#rows * this.#cell) return null;
    const cell = row * this.#columns + column;
    let highest: number | null = null;
    for (let i = this.#starts[cell]!; i < this.#starts[cell + 1]!; i += 1) {
      const z = this.#within(this.#held[i]!, x, y);
      if (z !== null && (highest === null || z > highest)) highest = z;
    }
    return highest;
  }

  #within(triangle: number, x: number, y: number): number | null {
    const p = this.positions;
    const [a, b, c] = [0, 1, 2].map((corner) => this.triangles[triangle * 3 + corner]! * 3) as [number, number, number];
    const [ax, ay] = [p[a]! - x, p[a + 1]! - y];
    const [bx, by] = [p[b]! - x, p[b + 1]! - y];
    const [cx, cy] = [p[c]! - x, p[c + 1]! - y];
    const [u, v, w] = [bx * cy - by * cx, cx * ay - cy * ax, ax * by - ay * bx];
    const area = u + v + w;
    if (Math.abs(area) < 1e-6) return null;
    const slack = -1e-7 * Math.abs(area);
    const sign = Math.sign(area);
    if (u * sign < slack || v * sign < slack || w * sign < slack) return null;
    return (u * p[a + 2]! + v * p[b + 2]! + w * p[c + 2]!) / area;
  }

  #eachCell(count: number, tell: (cell: number, triangle: number) => void): void {
    const p = this.positions;
    for (let triangle = 0; triangle < count; triangle += 1) {
      let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
      for (let corner = 0; corner < 3; corner += 1) {
        const at = this.triangles[triangle * 3 + corner]! * 3;
        west = Math.min(west, p[at]!);
        east = Math.max(east, p[at]!);
        south = Math.min(south, p[at + 1]!);
        north = Math.max(north, p[at + 1]!);
      }
      const clamp = (value: number, most: number): number => Math.max(0, Math.min(most - 1, Math.floor(value / this.#cell)));
      for (let row = clamp(south - this.#south, this.#rows); row <= clamp(north - this.#south, this.#rows); row += 1) {
        for (let column = clamp(west - this.#west, this.#columns); column <= clamp(east - this.#west, this.#columns); column += 1) tell(row * this.#columns + column, triangle);
      }
    }
  }
}

function extentOf(positions: Float64Array): readonly [number, number, number, number] {
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i < positions.length; i += 3) {
    west = Math.min(west, positions[i]!);
    east = Math.max(east, positions[i]!);
    south = Math.min(south, positions[i + 1]!);
    north = Math.max(north, positions[i + 1]!);
  }
  return positions.length > 0 ? [west, south, east, north] : [0, 0, 0, 0];
}
