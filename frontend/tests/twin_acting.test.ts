import { describe, expect, it } from "vitest";
import { areaOf, bandAlong, cornersOf, crossesItself, displaced, lengthOf, middleOf, readPositions, rectangleBetween, writePositions } from "../src/geometry/footprint";
import type { Flat } from "../src/geometry/footprint";
import { NO_NEIGHBOURS, directionAt, snapped } from "../src/geometry/snapping";
import { hex, inRows } from "../src/rooms/twin/sheet";
import { keptQuery, keptView, partsOf, sceneAt, sceneQuery, shifted } from "../src/rooms/twin/telling";
import { NO_VIEW, viewOf } from "../src/twin/address";
import type { Stage, ToolEvent } from "../src/twin/stage";
import { Pen } from "../src/twin/tools/drawing";
import type { Paper, Shape } from "../src/twin/tools/drawing";
import { Hand, STILL, isStill } from "../src/twin/tools/handling";
import type { Handled } from "../src/twin/tools/handling";

const SQUARE: readonly Flat[] = [[0, 0], [20, 0], [20, 10], [0, 10]];
const near = (found: readonly Flat[], wanted: readonly Flat[]): void =>
  wanted.forEach(([x, y], i) => {
    expect(found[i]![0]).toBeCloseTo(x, 6);
    expect(found[i]![1]).toBeCloseTo(y, 6);
  });

describe("an outline", () => {
  it("knows its area, its length and its middle, wherever it lies and whichever way it runs", () => {
    expect(areaOf(SQUARE)).toBe(200);
    expect(areaOf([...SQUARE].reverse())).toBe(200);
    expect([lengthOf(SQUARE), lengthOf(SQUARE, true)]).toEqual([50, 60]);
    near([middleOf(SQUARE.map(([x, y]) => [x + 5e4, y - 3e4] as const))], [[50010, -29995]]);
    near([middleOf([[0, 0], [4, 2]])], [[2, 1]]);
  });
  it("turns clockwise about its middle and moves east and north", () => {
    near(displaced(SQUARE, { degrees: 90 }), [[5, 15], [5, -5], [15, -5], [15, 15]]);
    near(displaced(SQUARE, { eastM: 3, northM: -2 }), SQUARE.map(([x, y]) => [x + 3, y - 2] as const));
  });
  it("is a rectangle between two corners in any direction", () => {
    for (const turnedDeg of [0, 17, -40, 90]) {
      const corners = cornersOf({ middle: [7, -3], widthM: 30, depthM: 12, turnedDeg });
      const made = rectangleBetween(corners[0]!, corners[2]!, turnedDeg);
      expect([made.widthM, made.depthM]).toEqual([expect.closeTo(30, 6), expect.closeTo(12, 6)]);
      near(cornersOf(made), corners);
    }
  });
  it("says when it crosses itself", () => {
    expect(crossesItself(SQUARE)).toBe(false);
    expect(crossesItself([[0, 0], [10, 10], [10, 0], [0, 10]])).toBe(true);
    expect(crossesItself([[0, 0], [10, 0], [5, 0.0], [5, 5]])).toBe(true);
    expect(crossesItself([[0, 0], [10, 0], [5, 5], [5, -5]], false)).toBe(true);
  });
  it("is written and read as coordinates, and names the line that can't be read", () => {
    const positions: readonly Flat[] = [[127.1072, 37.4013], [127.1080001, 37.4013]];
    expect(readPositions(writePositions(positions))).toEqual({ positions });
    expect(readPositions("127.1, 37.4\n\n127.2;37.5\n127.3")).toEqual({ line: 4 });
    expect(readPositions("37.4 127.1")).toEqual({ line: 1 });
  });
  it("has a band of its width along a line", () => {
    near(bandAlong([[0, 0], [0, 0], [10, 0]], 6)[0]!, [[0, -3], [10, -3], [10, 3], [0, 3]]);
  });
});

describe("a point that is drawn", () => {
  const beside = { rings: [SQUARE] };
  it("lies on a corner before an edge, and nowhere where nothing is near", () => {
    expect(snapped([20.5, 10.4], [], beside, 2)).toEqual({ at: [20, 10], hold: "corner" });
    expect(snapped([12, 10.9], [], beside, 2)).toEqual({ at: [12, 10], hold: "edge" });
    expect(snapped([12, 19], [], beside, 2)).toEqual({ at: [12, 19], hold: "free" });
  });
  it("comes to a right angle with what was drawn, and to the corner that closes a rectangle", () => {
    expect(snapped([50.8, 30], [[40, 20], [50, 20]], NO_NEIGHBOURS, 2)).toEqual({ at: [50, 30], hold: "right" });
    expect(snapped([40.7, 31], [[40, 20], [50, 20], [50, 30]], NO_NEIGHBOURS, 2).at).toEqual([40, 30]);
    expect(snapped([40.5, 20.6], [[40, 20], [50, 20], [50, 30]], NO_NEIGHBOURS, 2)).toEqual({ at: [40, 20], hold: "start" });
  });
  it("takes the direction of the house beside it", () => {
    expect(directionAt([25, 5], beside)).toBeCloseTo(0);
    expect(directionAt([25, 5], { rings: [displaced(SQUARE, { degrees: 23 })] })).toBeCloseTo(23);
    expect(directionAt([900, 900], beside)).toBe(0);
  });
});

const event = (x: number, y: number, more: Partial<ToolEvent> = {}): ToolEvent => ({ x, y, ground: { lon: 0, lat: 0, height: 0, local: { x, y } } as never, picked: null, shift: false, ...more });

function penOn(shape: Shape): { pen: Pen; paper: Paper } {
  const paper: Paper = { shape, neighbours: NO_NEIGHBOURS, points: [], pen: null, hold: "free", done: false, rectangle: null };
  const stage = { placed: true, view: () => ({ lon: 0, lat: 0, height: 0 }), toLocal: () => ({ x: 0, y: 0 }) } as unknown as Stage;
  return { pen: new Pen(stage, paper, () => 0.1), paper };
}

describe("the pen", () => {
  it("draws a rectangle by a drag, or by two taps", () => {
    for (const strokes of [["down 0 0", "move 30 20", "up 30 20"], ["down 0 0", "up 0 0", "move 20 10", "down 30 20", "up 30 20"]]) {
      const { pen, paper } = penOn("rectangle");
      for (const stroke of strokes) {
        const [deed, x, y] = stroke.split(" ") as ["down" | "move" | "up", string, string];
        pen[deed](event(Number(x), Number(y)));
      }
      expect(paper.done).toBe(true);
      expect([paper.rectangle?.widthM, paper.rectangle?.depthM]).toEqual([30, 20]);
    }
  });
  it("closes an outline on its first point, and takes the last point back", () => {
    const { pen, paper } = penOn("outline");
    for (const [x, y] of [[0, 0], [10, 0], [10, 8], [3, 3]]) {
      pen.move(event(x!, y!, { shift: true }));
      expect(pen.click(event(x!, y!, { shift: true }))).toBe(true);
    }
    expect(pen.key(event(0, 0, { key: "Backspace" }))).toBe(true);
    pen.click(event(0.4, 0.3));
    expect([paper.points.length, paper.done]).toEqual([3, true]);
    expect(pen.click(event(5, 5))).toBe(false);
  });
  it("is led by keys alone", () => {
    const { pen, paper } = penOn("line");
    const press = (key: string, shift = false): boolean => pen.key(event(0, 0, { key, shift }));
    for (const key of [" ", "ArrowRight", "ArrowUp", " "]) expect(press(key)).toBe(true);
    press("ArrowRight", true);
    press(" ");
    press("Enter");
    expect(paper.points).toEqual([[0, 0], [1, 1], [11, 1]]);
    expect(paper.done).toBe(true);
  });
  it("leaves with Escape only when there is nothing to drop", () => {
    const { pen } = penOn("line");
    pen.click(event(1, 1));
    expect([pen.key(event(0, 0, { key: "Escape" })), pen.key(event(0, 0, { key: "Escape" }))]).toEqual([true, false]);
  });
});

describe("a hand on a thing", () => {
  const held = (grip: "move" | "turn" | "raise" | null): { hand: Hand; thing: Handled; written: () => number } => {
    let count = 0;
    const thing: Handled = { ring: SQUARE, heightM: 12, shift: STILL, write: () => void (count += 1) };
    return { hand: new Hand({ at: () => grip, pxPerMetreUp: () => 2 } as never, thing), thing, written: () => count };
  };
  it("moves, turns and raises by its handles, and lets the camera have the rest", () => {
    const move = held("move");
    move.hand.down(event(0, 0));
    move.hand.move(event(4.04, -3));
    expect(move.thing.shift).toEqual({ ...STILL, eastM: 4, northM: -3 });
    const turn = held("turn");
    turn.hand.down(event(30, 5));
    turn.hand.move(event(10.5, -15));
    expect(turn.thing.shift.degrees).toBe(90);
    const raise = held("raise");
    raise.hand.down(event(0, 100));
    raise.hand.move(event(0, 90));
    expect(raise.thing.shift.upM).toBe(5);
    raise.hand.move(event(0, 900));
    expect(raise.thing.shift.upM).toBe(-11);
    expect([raise.hand.up(), raise.hand.up(), held(null).hand.down(event(0, 0))]).toEqual([true, false, false]);
  });
  it("answers to keys, writes with Enter and drops with Escape", () => {
    const { hand, thing, written } = held(null);
    for (const [key, shift] of [["ArrowRight", true], ["ArrowDown", false], [".", false], ["PageUp", true]] as const) hand.key(event(0, 0, { key, shift }));
    expect(thing.shift).toEqual({ eastM: 10, northM: -1, degrees: 1, upM: 10 });
    hand.key(event(0, 0, { key: "Enter" }));
    expect(written()).toBe(1);
    expect(hand.key(event(0, 0, { key: "Escape" }))).toBe(true);
    expect(isStill(thing.shift)).toBe(true);
    expect(hand.key(event(0, 0, { key: "Escape" }))).toBe(false);
  });
});

describe("stories and links", () => {
  const view = viewOf("lon=127.1&lat=37.4&distance=500&heading=0&elevation=40&mode=split&story=s&at=2&by=natural");
  it("keep a view with its 안 and without the story in which it is watched", () => {
    const query = keptQuery(view, "an-1");
    expect(query).not.toMatch(/story|&at=/);
    const kept = keptView(query);
    expect(kept.branch).toBe("an-1");
    expect(kept.view.more).toEqual({ by: "natural" });
    expect(kept.view.camera).toEqual(view.camera);
    expect(keptView(keptQuery(view, null)).branch).toBeNull();
    expect(keptView("lon=1").branch).toBeUndefined();
  });
  it("are asked for by an address that stands any number", () => {
    expect(sceneQuery("urn:ngsi-ld:Story:twin:7", 2)).toBe("at=2&story=urn:ngsi-ld:Story:twin:7");
    expect([sceneAt("2", 3), sceneAt("9", 3), sceneAt("-1", 3), sceneAt("x", 3), sceneAt(null, 0)]).toEqual([2, 3, 1, 1, 1]);
    expect(shifted(["a", "b", "c"], 2, -1)).toEqual(["a", "c", "b"]);
    expect(shifted(["a"], 0, 1)).toEqual(["a"]);
  });
  it("say what a link holds", () => {
    expect(partsOf(view)).toEqual(["camera", "mode", "more"]);
    expect(partsOf(NO_VIEW)).toEqual([]);
  });
});

it("a legend goes on in the next row where the picture ends", () => {
  const entries = ["aa", "bb", "cccc"].map((text) => ({ text, colour: hex([221, 106, 45]) }));
  const placed = inRows(entries, 100, (text) => text.length * 10);
  expect(placed.map(({ x, row }) => [x, row])).toEqual([[0, 0], [0, 1], [0, 2]]);
  expect(inRows(entries, 1000, () => 10).every(({ row }) => row === 0)).toBe(true);
  expect(placed[0]!.colour).toBe("#dd6a2d");
});
