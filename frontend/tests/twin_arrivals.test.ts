import { Mesh, Object3D } from "three";
import { afterEach, describe, expect, it, vi } from "vitest";
import { Arrivals } from "../src/twin/arrivals";
import { identitiesOf } from "../src/twin/identities";

describe("tiles that come in", () => {
  afterEach(() => vi.useRealTimers());

  it("are all taken up, and drawn a few times a second and once when all are there", () => {
    vi.useFakeTimers();
    vi.stubGlobal("window", globalThis);
    let [taken, drawn, coming] = [0, 0, 100];
    const arrivals: Arrivals = new Arrivals({
      take: () => ((taken += 1), coming > 0),
      urgent: () => false,
      draw: () => ((drawn += 1), arrivals.drawn()),
    });
    for (; coming > 0; coming -= 1) {
      arrivals.told();
      vi.advanceTimersByTime(10);
    }
    vi.advanceTimersByTime(2_000);
    expect(taken).toBeGreaterThan(30);
    expect(drawn).toBeGreaterThan(3);
    expect(drawn).toBeLessThan(8);
    const before = drawn;
    vi.advanceTimersByTime(2_000);
    expect(drawn).toBe(before);
  });
});

describe("who the features of a tile are", () => {
  const column = (texts: readonly string[]) => {
    const coded = texts.map((text) => new TextEncoder().encode(text));
    const offsets = coded.reduce<number[]>((all, one) => [...all, all.at(-1)! + one.length], [0]);
    return { values: Uint8Array.from(coded.flatMap((one) => [...one])).buffer, offsets: Uint16Array.from(offsets).buffer };
  };
  const meshOf = (columns: Readonly<Record<string, readonly string[]>>, count: number): Mesh => {
    const data: ArrayBuffer[] = [];
    const properties = Object.fromEntries(
      Object.entries(columns).map(([name, texts]) => {
        const { values, offsets } = column(texts);
        data.push(values, offsets);
        return [name, { type: "STRING", array: false, values: data.length - 2, stringOffsets: data.length - 1, stringOffsetType: "UINT16" }];
      }),
    );
    const mesh = new Mesh();
    mesh.userData = { meshFeatures: { featureIds: [{ featureCount: count, propertyTable: 0 }] }, structuralMetadata: { tableAccessors: [{ definition: { properties }, properties, data }] } };
    return mesh;
  };

  it("is read from two columns, whatever letters they hold", () => {
    const columns = { id: ["urn:a", "urn:bb", "urn:c"], name: ["시청", "", "Town hall"] };
    expect(identitiesOf(new Object3D(), meshOf(columns, 3))).toEqual({ ids: columns.id, names: columns.name });
    expect(identitiesOf(new Object3D(), meshOf({ id: columns.id }, 3))).toEqual({ ids: columns.id, names: [] });
    expect(identitiesOf(new Object3D(), new Mesh())).toEqual({ ids: [""], names: [] });
  });
});
