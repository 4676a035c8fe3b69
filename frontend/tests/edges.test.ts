import { describe, expect, it } from "vitest";
import { edgeVertices, edgesOf } from "../src/geometry/edges";

/** A box with vertices of its own on every face, as flat shading needs them, beside others along x. */
function boxes(count: number): { positions: number[]; triangles: number[]; features: number[] } {
  const [positions, triangles, features]: [number[], number[], number[]] = [[], [], []];
  const face = (corners: readonly (readonly number[])[], feature: number): void => {
    const at = positions.length / 3;
    for (const corner of corners) {
      positions.push(...corner);
      features.push(feature);
    }
    triangles.push(at, at + 1, at + 2, at, at + 2, at + 3);
  };
  for (let feature = 0; feature < count; feature += 1) {
    const [west, east] = [feature * 10, feature * 10 + 10];
    const ring = [[west, 0], [east, 0], [east, 8], [west, 8]];
    ring.forEach((from, i) => {
      const to = ring[(i + 1) % 4]!;
      face([[...from, 0], [...to, 0], [...to, 20], [...from, 20]], feature);
    });
    face(ring.map((corner) => [...corner, 20]), feature);
    face([...ring].reverse().map((corner) => [...corner, 0]), feature);
  }
  return { positions, triangles, features };
}

describe("edges of many houses", () => {
  it("are twelve a box, its own even where walls touch, and lie on the mesh's own vertices", () => {
    const { positions, triangles, features } = boxes(500);
    const found = edgesOf(positions, triangles, features);
    expect(found.vertices.length).toBe(500 * 12 * 2);
    const lines = new Set<string>();
    for (let line = 0; line < found.vertices.length; line += 2) {
      const [from, to] = [found.vertices[line]!, found.vertices[line + 1]!];
      expect(features[from]).toBe(features[to]);
      expect(found.features[line]).toBe(features[from]);
      const corners = [from, to].map((vertex) => positions.slice(vertex * 3, vertex * 3 + 3).join());
      expect([...found.positions.slice(line * 3, line * 3 + 3)].join()).toBe(corners[0]);
      lines.add(`${features[from]!} ${corners.sort().join(" ")}`);
    }
    expect(lines.size).toBe(500 * 12);
  });
  it("of nothing are none", () => {
    expect(edgeVertices([], [], []).length).toBe(0);
  });
});
