/** The table the city stands on, where there is no terrain: paper with a one-kilometre grid, out to the horizon. */

import { CircleGeometry, Color, Mesh, ShaderMaterial } from "three";
import type { Rgb } from "../colour/classes";
import { ORDER } from "./stage";

export class Ground {
  readonly mesh: Mesh<CircleGeometry, ShaderMaterial>;

  constructor() {
    const material = new ShaderMaterial({
      depthWrite: false,
      // Drawn first of all and without depth: nothing can flicker with it.
      depthTest: false,
      uniforms: {
        ink: { value: new Color() },
        paper: { value: new Color() },
        horizon: { value: new Color() },
        strength: { value: 0.1 },
        haze: { value: [1, 2] },
      },
      vertexShader: `
        varying vec2 at;
        varying float far;
        void main() {
          vec4 world = modelMatrix * vec4(position, 1.0);
          vec4 seen = viewMatrix * world;
          at = world.xy;
          far = -seen.z;
          gl_Position = projectionMatrix * seen;
        }`,
      fragmentShader: `
        varying vec2 at;
        varying float far;
        uniform vec3 ink;
        uniform vec3 paper;
        uniform vec3 horizon;
        uniform float strength;
        uniform vec2 haze;
        void main() {
          vec2 cell = at / 1000.0;
          vec2 width = fwidth(cell);
          vec2 line = smoothstep(width * 1.1, width * 0.3, abs(fract(cell - 0.5) - 0.5));
          float dense = clamp(1.0 - max(width.x, width.y) * 2.5, 0.0, 1.0);
          vec3 drawn = mix(paper, ink, max(line.x, line.y) * dense * strength);
          gl_FragColor = linearToOutputTexel(vec4(mix(drawn, horizon, smoothstep(haze.x, haze.y, far)), 1.0));
        }`,
    });
    this.mesh = new Mesh(new CircleGeometry(1, 96), material);
    this.mesh.renderOrder = ORDER.table;
    this.mesh.frustumCulled = false;
    this.mesh.raycast = () => undefined;
  }

  /** Under the middle of what is seen, and as wide as the eye reaches. */
  lie(x: number, y: number, heightM: number, radiusM: number): void {
    this.mesh.position.set(x, y, heightM);
    this.mesh.scale.set(radiusM, radiusM, 1);
  }

  ink(colour: Rgb, strength: number): void {
    (this.mesh.material.uniforms["ink"]!.value as Color).setRGB(colour[0] / 255, colour[1] / 255, colour[2] / 255, "srgb");
    this.mesh.material.uniforms["strength"]!.value = strength;
  }

  air(paper: Color, horizon: Color, near: number, far: number): void {
    const { uniforms } = this.mesh.material;
    (uniforms["paper"]!.value as Color).copy(paper);
    (uniforms["horizon"]!.value as Color).copy(horizon);
    uniforms["haze"]!.value = [near, far];
  }

  dispose(): void {
    this.mesh.geometry.dispose();
    this.mesh.material.dispose();
  }
}
