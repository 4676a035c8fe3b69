/**
 * Which points stand free before the eye, for names: a small picture of distances, taken a few times a second at most,
 * of what stands and of the ground. Its answer comes a moment later; before the first one every point counts as free.
 */

import { Color, DoubleSide, Matrix4, NoBlending, Scene, ShaderMaterial, Vector3, WebGLRenderTarget } from "three";
import type { Object3D, PerspectiveCamera, WebGLRenderer } from "three";
import type { Side } from "../geometry/panes";

const WIDTH = 320;
const EVERY_MS = 280;
/** So much nearer may something be and still be the thing itself, or its neighbour's eaves. */
const SLACK_M = 3;
const SLACK = 0.012;

/** Distances as they were seen from somewhere. */
interface Shot {
  readonly far: number;
  readonly matrix: Matrix4;
  readonly eye: Vector3;
  readonly width: number;
  readonly height: number;
  readonly bytes: Uint8Array;
}

export class Sight {
  readonly #scene = new Scene();
  readonly #material = new ShaderMaterial({
    side: DoubleSide,
    blending: NoBlending,
    uniforms: { eye: { value: new Vector3() }, far: { value: 1 } },
    vertexShader: `
      varying vec3 world;
      void main() {
        vec4 placed = modelMatrix * vec4(position, 1.0);
        world = placed.xyz;
        gl_Position = projectionMatrix * viewMatrix * placed;
      }`,
    fragmentShader: `
      varying vec3 world;
      uniform vec3 eye;
      uniform float far;
      void main() {
        vec3 parts = fract(clamp(distance(world, eye) / far, 0.0, 0.9999) * vec3(1.0, 255.0, 65025.0));
        gl_FragColor = vec4(parts.xy - parts.yz / 255.0, parts.z, 1.0);
      }`,
  });
  #target: WebGLRenderTarget | null = null;
  #shots = new Map<Side, Shot>();
  #last = new Map<Side, number>();
  #stale = new Set<Side>();
  #taking = false;

  constructor(private readonly renderer: WebGLRenderer) {
    this.#scene.overrideMaterial = this.#material;
    this.#scene.matrixWorldAutoUpdate = false;
  }

  /** The picture changed in other ways than by the camera: it is looked at anew. */
  forget(): void {
    this.#stale = new Set(["main", "branch"]);
  }

  /** The graphics card went and came back: what was asked of it will not be answered. */
  restart(): void {
    this.#taking = false;
    this.#shots.clear();
    this.#last.clear();
  }

  /** Takes a new picture of distances, when the last one is old; true when one is due later. */
  look(side: Side, groups: readonly Object3D[], camera: PerspectiveCamera, now: number, told: () => void): boolean {
    const shot = this.#shots.get(side);
    const seen = new Matrix4().multiplyMatrices(camera.projectionMatrix, camera.matrixWorldInverse);
    if (shot && !this.#stale.has(side) && shot.matrix.equals(seen)) return false;
    if (this.#taking || now - (this.#last.get(side) ?? -Infinity) < EVERY_MS) return true;
    this.#last.set(side, now);
    this.#stale.delete(side);
    this.#take(side, groups, camera, seen, told);
    return false;
  }

  /** Whether something stands between the eye and a point of the scene. */
  hides(side: Side, point: Vector3): boolean {
    const shot = this.#shots.get(side);
    if (!shot) return false;
    const at = point.clone().applyMatrix4(shot.matrix);
    // Beside what was seen: its name waits for the next look, which is on its way.
    if (Math.abs(at.x) > 1 || Math.abs(at.y) > 1 || Math.abs(at.z) > 1) return true;
    const x = Math.round(((at.x + 1) / 2) * (shot.width - 1));
    const y = Math.round(((at.y + 1) / 2) * (shot.height - 1));
    // The furthest of the neighbours: a name goes only where nothing of its thing is free.
    let furthest = 0;
    for (let row = Math.max(0, y - 1); row <= Math.min(shot.height - 1, y + 1); row += 1) {
      for (let column = Math.max(0, x - 1); column <= Math.min(shot.width - 1, x + 1); column += 1) {
        const i = (row * shot.width + column) * 4;
        const share = (shot.bytes[i]! + shot.bytes[i + 1]! / 255 + shot.bytes[i + 2]! / 65025) / 255;
        furthest = Math.max(furthest, share);
      }
    }
    const away = point.distanceTo(shot.eye);
    return furthest * shot.far < away * (1 - SLACK) - SLACK_M;
  }

  dispose(): void {
    this.#target?.dispose();
    this.#material.dispose();
    this.#shots.clear();
  }

  #take(side: Side, groups: readonly Object3D[], camera: PerspectiveCamera, matrix: Matrix4, told: () => void): void {
    const height = Math.max(1, Math.round(WIDTH / camera.aspect));
    this.#target ??= new WebGLRenderTarget(WIDTH, height);
    this.#target.setSize(WIDTH, height);
    const target = this.#target;
    const { renderer } = this;
    const far = Math.min(camera.far, 40_000);
    (this.#material.uniforms["eye"]!.value as Vector3).copy(camera.position);
    this.#material.uniforms["far"]!.value = far;
    // Not taken over by this scene, only drawn with it.
    (this.#scene as { children: Object3D[] }).children = [...groups];
    const clear = renderer.getClearColor(new Color());
    const alpha = renderer.getClearAlpha();
    const shadows = renderer.shadowMap.autoUpdate;
    renderer.shadowMap.autoUpdate = false;
    renderer.setRenderTarget(target);
    renderer.setClearColor(0xffffff, 1);
    renderer.clear();
    renderer.render(this.#scene, camera);
    renderer.setRenderTarget(null);
    renderer.setClearColor(clear, alpha);
    renderer.shadowMap.autoUpdate = shadows;
    (this.#scene as { children: Object3D[] }).children = [];
    const bytes = new Uint8Array(WIDTH * height * 4);
    const eye = camera.position.clone();
    this.#taking = true;
    renderer.readRenderTargetPixelsAsync(target, 0, 0, WIDTH, height, bytes).then(
      () => {
        this.#shots.set(side, { far, matrix, eye, width: WIDTH, height, bytes });
        this.#taking = false;
        told();
      },
      // Without the graphics card no name is hidden.
      () => (this.#taking = false),
    );
  }
}
