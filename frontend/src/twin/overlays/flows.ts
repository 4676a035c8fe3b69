/**
 * Flows between places as arcs: the wider, the more goes there; pale and thin where they begin, strong with a head
 * where they end. So many are drawn, the largest; the rest is counted by whoever lists them.
 */

import { BufferAttribute, Color, DoubleSide, InstancedBufferAttribute, InstancedBufferGeometry, Mesh, ShaderMaterial, Vector2 } from "three";
import type { Rgb } from "../../colour/classes";
import type { Side } from "../../geometry/panes";
import type { Pane } from "../../geometry/panes";
import { MOST_ARCS } from "../flowing";
import { MASKS, ORDER } from "../stage";
import type { Overlay, Stage } from "../stage";

export interface Arc {
  readonly from: readonly [number, number];
  readonly to: readonly [number, number];
  /** From 0 to 1: how much goes there, against the most. */
  readonly share: number;
}


const PIECES = 32;
const LEAST_PX = 1.6;
const MOST_PX = 15;

export class FlowArcs implements Overlay {
  #stage: Stage | null = null;
  #drawn: Mesh<InstancedBufferGeometry, ShaderMaterial>[] = [];
  #arcs: readonly (readonly [Side | "both", readonly Arc[]])[] = [];
  #colour: Rgb = [150, 50, 110];
  #placed = false;

  attach(stage: Stage): void {
    this.#stage = stage;
    this.#draw();
  }

  /** The arcs of each side, the largest first. */
  show(arcs: readonly (readonly [Side | "both", readonly Arc[]])[], colour: Rgb): void {
    this.#arcs = arcs;
    this.#colour = colour;
    this.#draw();
  }

  update(_now: number, pane: Pane): void {
    for (const { material } of this.#drawn) (material.uniforms["pane"]!.value as Vector2).set(pane.viewport.width, pane.viewport.height);
  }

  changed(): void {
    const paper = this.#stage?.dark ? 0x14171a : 0xf6f4ee;
    for (const { material } of this.#drawn) (material.uniforms["paper"]!.value as Color).setHex(paper);
    if (!this.#placed) this.#draw();
  }

  dispose(): void {
    this.#clear();
    this.#stage = null;
  }

  #clear(): void {
    for (const mesh of this.#drawn) {
      mesh.removeFromParent();
      mesh.geometry.dispose();
      mesh.material.dispose();
    }
    this.#drawn = [];
  }

  #draw(): void {
    const stage = this.#stage;
    this.#clear();
    this.#placed = stage?.placed ?? false;
    if (!stage || !this.#placed) return;
    for (const [side, all] of this.#arcs) {
      const arcs = all.slice(0, MOST_ARCS);
      if (arcs.length === 0) continue;
      const mesh = new Mesh(ribbons(stage, arcs), material(this.#colour, stage.dark));
      mesh.layers.set(MASKS[side]);
      mesh.renderOrder = ORDER.overlay;
      mesh.frustumCulled = false;
      mesh.raycast = () => undefined;
      stage.scene.add(mesh);
      this.#drawn.push(mesh);
    }
    stage.invalidate();
  }
}

function ribbons(stage: Stage, arcs: readonly Arc[]): InstancedBufferGeometry {
  const geometry = new InstancedBufferGeometry();
  const strip = new Float32Array((PIECES + 1) * 2 * 3);
  const index: number[] = [];
  for (let piece = 0; piece <= PIECES; piece += 1) {
    strip.set([piece / PIECES, -1, 0, piece / PIECES, 1, 0], piece * 6);
    const at = piece * 2;
    if (piece < PIECES) index.push(at, at + 1, at + 2, at + 2, at + 1, at + 3);
  }
  geometry.setAttribute("position", new BufferAttribute(strip, 3));
  geometry.setIndex(index);
  const [begin, end, width] = [new Float32Array(arcs.length * 3), new Float32Array(arcs.length * 3), new Float32Array(arcs.length)];
  arcs.forEach((arc, i) => {
    for (const [into, [lon, lat]] of [[begin, arc.from], [end, arc.to]] as const) {
      const { x, y, z } = stage.toLocal(lon, lat, stage.heightAt(lon, lat));
      into.set([x, y, z + 4], i * 3);
    }
    // The eye reads the width, so the width goes with the amount; a thin one still shows.
    width[i] = LEAST_PX + (MOST_PX - LEAST_PX) * arc.share;
  });
  geometry.setAttribute("begin", new InstancedBufferAttribute(begin, 3));
  geometry.setAttribute("end", new InstancedBufferAttribute(end, 3));
  geometry.setAttribute("widthPx", new InstancedBufferAttribute(width, 1));
  geometry.instanceCount = arcs.length;
  return geometry;
}

function material([red, green, blue]: Rgb, dark: boolean): ShaderMaterial {
  return new ShaderMaterial({
    transparent: true,
    depthTest: false,
    depthWrite: false,
    side: DoubleSide,
    uniforms: { pane: { value: new Vector2(1, 1) }, colour: { value: new Color().setRGB(red / 255, green / 255, blue / 255, "srgb") }, paper: { value: new Color(dark ? 0x14171a : 0xf6f4ee) } },
    vertexShader: `
      attribute vec3 begin;
      attribute vec3 end;
      attribute float widthPx;
      uniform vec2 pane;
      varying float along;
      varying float across;
      varying float wide;
      const float HEAD = 0.86;
      vec3 onArc(float t) {
        float far = length(end.xy - begin.xy);
        return mix(begin, end, t) + vec3(0.0, 0.0, 4.0 * t * (1.0 - t) * far * 0.22);
      }
      vec2 seen(vec4 point) {
        return point.xy / point.w * pane * 0.5;
      }
      void main() {
        along = position.x;
        across = position.y;
        vec4 here = projectionMatrix * viewMatrix * vec4(onArc(along), 1.0);
        vec4 ahead = projectionMatrix * viewMatrix * vec4(onArc(min(along + 0.01, 1.0)), 1.0);
        vec4 behind = projectionMatrix * viewMatrix * vec4(onArc(max(along - 0.01, 0.0)), 1.0);
        vec2 way = seen(ahead) - seen(behind);
        vec2 off = length(way) > 0.001 ? normalize(vec2(-way.y, way.x)) : vec2(0.0, 1.0);
        // From a third of its width to all of it, then a head that runs to a point.
        float body = mix(0.35, 1.0, along / HEAD);
        float head = max(2.1, 1.0 + 7.0 / widthPx) * (1.0 - (along - HEAD) / (1.0 - HEAD));
        wide = widthPx * (along > HEAD - 0.001 ? head : body) + 2.0;
        here.xy += off * across * wide * 0.5 / (pane * 0.5) * here.w;
        gl_Position = here;
      }`,
    fragmentShader: `
      uniform vec3 colour;
      uniform vec3 paper;
      varying float along;
      varying float across;
      varying float wide;
      void main() {
        float strong = mix(0.35, 0.92, smoothstep(0.0, 0.8, along));
        // A hair of paper around it, so that arcs that cross stay apart.
        float edge = smoothstep(1.0 - 2.4 / wide, 1.0 - 1.2 / wide, abs(across));
        gl_FragColor = linearToOutputTexel(vec4(mix(colour, paper, edge), mix(strong, strong * 0.7, edge)));
      }`,
  });
}
