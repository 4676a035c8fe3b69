/**
 * What sensors say, over the city: a small post on each place with the value on it. Where posts would lie over each
 * other only the first keeps its label and the others are dots. What is stale is hatched and grey.
 */

import { CanvasTexture, Color, DynamicDrawUsage, Float32BufferAttribute, Group, LinearFilter, Matrix4, Points, PointsMaterial, Sprite, SpriteMaterial, SRGBColorSpace, Vector3, Vector4, BufferGeometry } from "three";
import type { PerspectiveCamera } from "three";
import type { Rgb } from "../../colour/classes";
import type { Taken } from "../../geometry/labels";
import { ORDER } from "../stage";
import type { Overlay, Pane, Stage } from "../stage";

export interface Post {
  readonly id: string;
  readonly lon: number;
  readonly lat: number;
  /** What stands on the label; the mark before it tells the class without its colour. */
  readonly text: string;
  readonly colour: Rgb;
  readonly stale: boolean;
  readonly picked: boolean;
  /** Who keeps the label where two would meet: the greater. */
  readonly weight: number;
}

interface Placed {
  readonly post: Post;
  readonly base: Vector3;
  known: boolean;
}

interface Rect {
  readonly id: string;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

const MOST_LABELS = 160;
const MOST_TEXTURES = 600;
/** Heights of the ground looked up in one frame. */
const HEIGHTS_AT_ONCE = 60;
const STEM = 26;
const PILL = 24;
const DOT = 7;

export class Sensors implements Overlay {
  #stage: Stage | null = null;
  #posts: readonly Post[] = [];
  #placed: Placed[] = [];
  #dots: readonly Points[] = [];
  readonly #group = new Group();
  readonly #sprites: Sprite[] = [];
  readonly #textures = new Map<string, { texture: CanvasTexture; width: number }>();
  readonly #clips = new Map<string, Matrix4>();
  readonly #rects = new Map<string, readonly Rect[]>();
  readonly #discs = [disc(false), disc(true)];

  attach(stage: Stage): void {
    this.#stage = stage;
    this.#group.renderOrder = ORDER.overlay;
    stage.scene.add(this.#group);
    this.#place();
  }

  /** What is shown from now on. */
  show(posts: readonly Post[]): void {
    this.#posts = [...posts].sort((one, other) => other.weight - one.weight);
    this.#place();
    this.#stage?.invalidate();
  }

  changed(): void {
    this.#forget();
    this.#place();
  }

  update(_now: number, pane: Pane): boolean {
    const { camera } = this.#stage!;
    camera.updateMatrixWorld();
    const more = this.#lookUp();
    const toClip = new Matrix4().multiplyMatrices(camera.projectionMatrix, camera.matrixWorldInverse);
    this.#clips.set(pane.side, toClip);
    const { x, y, width, height } = pane.viewport;
    const at = new Vector4();
    const rects: Rect[] = [];
    let used = 0;
    for (const { post, base } of this.#placed) {
      if (used >= MOST_LABELS) break;
      at.set(base.x, base.y, base.z, 1).applyMatrix4(toClip);
      if (at.w <= 0 || Math.abs(at.x) > at.w * 1.05 || Math.abs(at.y) > at.w * 1.1) continue;
      const drawn = this.#textureOf(post);
      const [px, py] = [x + ((at.x / at.w + 1) / 2) * width, y + ((1 - at.y / at.w) / 2) * height];
      const rect = { id: post.id, left: px - drawn.width / 2, right: px + drawn.width / 2, top: py - STEM - PILL, bottom: py };
      if (!post.picked && rects.some((one) => rect.left < one.right + 3 && rect.right > one.left - 3 && rect.top < one.bottom - STEM + 3 && rect.bottom - STEM > one.top - 3)) continue;
      rects.push(rect);
      this.#put(used, base, drawn, height, camera as PerspectiveCamera);
      used += 1;
    }
    for (let n = used; n < this.#sprites.length; n += 1) this.#sprites[n]!.visible = false;
    this.#rects.set(pane.side, rects);
    return more;
  }

  pick(x: number, y: number, pane: Pane): string | null {
    const rects = this.#rects.get(pane.side) ?? [];
    return rects.find((one) => x >= one.left && x <= one.right && y >= one.top && y <= one.top + PILL + 4)?.id ?? this.#nearDot(x, y, pane);
  }

  taken(): readonly Taken[] {
    return [...this.#rects.values()].flat().map(({ left, right, top }) => ({ x: left, y: top, width: right - left, height: PILL }));
  }

  dispose(): void {
    this.#group.removeFromParent();
    this.#clearDots();
    for (const sprite of this.#sprites) sprite.material.dispose();
    for (const one of this.#discs) one.dispose();
    this.#forget();
  }

  #nearDot(x: number, y: number, pane: Pane): string | null {
    const toClip = this.#clips.get(pane.side);
    if (!toClip) return null;
    const { x: left, y: top, width, height } = pane.viewport;
    const at = new Vector4();
    for (const { post, base } of this.#placed) {
      at.set(base.x, base.y, base.z, 1).applyMatrix4(toClip);
      if (at.w > 0 && Math.hypot(left + ((at.x / at.w + 1) / 2) * width - x, top + ((1 - at.y / at.w) / 2) * height - y) <= DOT + 4) return post.id;
    }
    return null;
  }

  #place(): void {
    const stage = this.#stage;
    if (!stage?.placed) return;
    const before = new Map(this.#placed.map((one) => [one.post.id, one]));
    this.#placed = this.#posts.map((post) => {
      const known = before.get(post.id);
      const same = known && known.known && known.post.lon === post.lon && known.post.lat === post.lat;
      return same ? { post, base: known.base, known: true } : { post, base: stage.toLocal(post.lon, post.lat, 0), known: false };
    });
    this.#drawDots();
    stage.invalidate();
  }

  /** Puts posts on the ground, a few in each frame. */
  #lookUp(): boolean {
    const stage = this.#stage!;
    let left = HEIGHTS_AT_ONCE;
    let moved = false;
    for (const one of this.#placed) {
      if (one.known) continue;
      if (left === 0) return true;
      left -= 1;
      one.base.copy(stage.toLocal(one.post.lon, one.post.lat, stage.heightAt(one.post.lon, one.post.lat)));
      one.known = true;
      moved = true;
    }
    if (moved) this.#drawDots();
    return false;
  }

  #drawDots(): void {
    this.#clearDots();
    this.#dots = [false, true].map((stale) => {
      const own = this.#placed.filter((one) => one.post.stale === stale);
      const geometry = new BufferGeometry();
      geometry.setAttribute("position", new Float32BufferAttribute(own.flatMap(({ base }) => [base.x, base.y, base.z]), 3).setUsage(DynamicDrawUsage));
      const colours = own.flatMap(({ post }) => new Color().setRGB(post.colour[0] / 255, post.colour[1] / 255, post.colour[2] / 255, SRGBColorSpace).toArray());
      geometry.setAttribute("color", new Float32BufferAttribute(colours, 3));
      const material = new PointsMaterial({ size: DOT * 2 * Math.min(2, window.devicePixelRatio), sizeAttenuation: false, vertexColors: true, map: this.#discs[stale ? 1 : 0]!, transparent: true, depthTest: false, depthWrite: false, alphaTest: 0.05, fog: false, toneMapped: false });
      const points = new Points(geometry, material);
      points.frustumCulled = false;
      points.renderOrder = ORDER.overlay;
      this.#group.add(points);
      return points;
    });
  }

  #clearDots(): void {
    for (const points of this.#dots) {
      points.removeFromParent();
      points.geometry.dispose();
      (points.material as PointsMaterial).dispose();
    }
    this.#dots = [];
  }

  #put(n: number, base: Vector3, drawn: { texture: CanvasTexture; width: number }, paneHeight: number, camera: PerspectiveCamera): void {
    let sprite = this.#sprites[n];
    if (!sprite) {
      sprite = new Sprite(new SpriteMaterial({ transparent: true, depthTest: false, depthWrite: false, sizeAttenuation: false, fog: false, toneMapped: false }));
      sprite.center.set(0.5, 0);
      sprite.frustumCulled = false;
      this.#sprites.push(sprite);
      this.#group.add(sprite);
    }
    const pixel = (2 * Math.tan((camera.fov * Math.PI) / 360)) / paneHeight;
    sprite.visible = true;
    sprite.position.copy(base);
    sprite.scale.set(drawn.width * pixel, (STEM + PILL) * pixel, 1);
    // The first in the list lies over those after it.
    sprite.renderOrder = ORDER.overlay + 1 + (MOST_LABELS - n) / MOST_LABELS;
    if (sprite.material.map !== drawn.texture) {
      sprite.material.map = drawn.texture;
      sprite.material.needsUpdate = true;
    }
  }

  #textureOf(post: Post): { texture: CanvasTexture; width: number } {
    const dark = this.#stage!.dark;
    const key = JSON.stringify([post.text, post.colour, post.stale, post.picked, dark]);
    const known = this.#textures.get(key);
    if (known) return known;
    if (this.#textures.size >= MOST_TEXTURES) this.#forget();
    const made = label(post, dark);
    this.#textures.set(key, made);
    return made;
  }

  #forget(): void {
    for (const sprite of this.#sprites) sprite.material.map = null;
    for (const { texture } of this.#textures.values()) texture.dispose();
    this.#textures.clear();
  }
}

/** A label with its stem, as it stands on its place. */
function label(post: Post, dark: boolean): { texture: CanvasTexture; width: number } {
  const fine = 2;
  const canvas = document.createElement("canvas");
  const draw = canvas.getContext("2d")!;
  const font = `600 12.5px "Pretendard Variable", "Noto Sans KR", system-ui, sans-serif`;
  draw.font = font;
  const width = Math.ceil(draw.measureText(post.text).width) + 30;
  canvas.width = width * fine;
  canvas.height = (STEM + PILL) * fine;
  draw.scale(fine, fine);
  const colour = `rgb(${post.colour.join(" ")})`;
  const [paper, ink, line] = dark ? ["#1b1f23", "#ece9e2", "#79828a"] : ["#fffefb", "#1c2126", "#8b8d89"];
  draw.strokeStyle = post.stale ? line : colour;
  draw.lineWidth = 2;
  if (post.stale) draw.setLineDash([3, 3]);
  draw.beginPath();
  draw.moveTo(width / 2, PILL);
  draw.lineTo(width / 2, PILL + STEM - 2);
  draw.stroke();
  draw.beginPath();
  draw.roundRect(1, 1, width - 2, PILL - 2, 7);
  draw.fillStyle = paper;
  draw.fill();
  if (post.stale) hatch(draw, width, PILL, line);
  draw.lineWidth = post.picked ? 2.4 : 1.2;
  draw.strokeStyle = post.picked ? (dark ? "#f0be3c" : "#8a5a00") : line;
  draw.stroke();
  draw.setLineDash([]);
  draw.beginPath();
  draw.arc(13, PILL / 2, 5, 0, 7);
  draw.fillStyle = post.stale ? paper : colour;
  draw.fill();
  draw.lineWidth = 1.2;
  draw.strokeStyle = post.stale ? line : ink;
  draw.stroke();
  draw.font = font;
  draw.textBaseline = "middle";
  draw.fillStyle = post.stale ? (dark ? "#a9afb4" : "#565d64") : ink;
  draw.fillText(post.text, 22, PILL / 2 + 0.5);
  return { texture: textureOf(canvas), width };
}

function hatch(draw: CanvasRenderingContext2D, width: number, height: number, colour: string): void {
  draw.save();
  draw.clip();
  draw.beginPath();
  for (let at = -height; at < width; at += 6) {
    draw.moveTo(at, height);
    draw.lineTo(at + height, 0);
  }
  draw.globalAlpha = 0.28;
  draw.lineWidth = 1.2;
  draw.strokeStyle = colour;
  draw.setLineDash([]);
  draw.stroke();
  draw.restore();
  draw.beginPath();
  draw.roundRect(1, 1, width - 2, height - 2, 7);
}

/** A dot for a place without a label: full, or a ring where it is stale. White, so that it takes any colour. */
function disc(stale: boolean): CanvasTexture {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 48;
  const draw = canvas.getContext("2d")!;
  draw.beginPath();
  draw.arc(24, 24, stale ? 12 : 15, 0, 7);
  draw.fillStyle = draw.strokeStyle = "white";
  draw.lineWidth = 6;
  if (stale) draw.stroke();
  else draw.fill();
  return textureOf(canvas);
}

function textureOf(canvas: HTMLCanvasElement): CanvasTexture {
  const texture = new CanvasTexture(canvas);
  texture.colorSpace = SRGBColorSpace;
  texture.minFilter = LinearFilter;
  texture.generateMipmaps = false;
  return texture;
}
