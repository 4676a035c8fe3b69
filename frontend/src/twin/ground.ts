/** The table the city stands on: a disc with a one-kilometre grid that fades into the page. */

import { CircleGeometry, Color, Mesh, ShaderMaterial } from "three";
import type { Rgb } from "../colour/classes";

export class Ground {
  readonly mesh: Mesh<CircleGeometry, ShaderMaterial>;

  constructor() {
    const material = new ShaderMaterial({
      transparent: true,
      depthWrite: false,
      // Pushed back further than the surfaces of the city, which give way to their outlines.
      polygonOffset: true,
      polygonOffsetFactor: 6,
      polygonOffsetUnits: 6,
      uniforms: { ink: { value: new Color() }, strength: { value: 0.1 }, radius: { value: 1 } },
      vertexShader: `
        varying vec2 at;
        void main() {
          vec4 world = modelMatrix * vec4(position, 1.0);
          at = world.xy;
          gl_Position = projectionMatrix * viewMatrix * world;
        }`,
      fragmentShader: `
        varying vec2 at;
        uniform vec3 ink;
        uniform float strength;
        uniform float radius;
        void main() {
          vec2 cell = at / 1000.0;
          vec2 width = fwidth(cell);
          vec2 line = smoothstep(width * 1.1, width * 0.3, abs(fract(cell - 0.5) - 0.5));
          float dense = clamp(1.0 - max(width.x, width.y) * 2.5, 0.0, 1.0);
          float fade = 1.0 - smoothstep(0.35, 1.0, length(at) / radius);
          gl_FragColor = vec4(ink, max(line.x, line.y) * dense * fade * strength);
        }`,
    });
    this.mesh = new Mesh(new CircleGeometry(1, 64), material);
    this.mesh.renderOrder = -1;
    this.mesh.raycast = () => undefined;
  }

  lie(heightM: number, radiusM: number): void {
    this.mesh.position.z = heightM;
    this.mesh.scale.set(radiusM, radiusM, 1);
    this.mesh.material.uniforms["radius"]!.value = radiusM;
  }

  ink(colour: Rgb, strength: number): void {
    (this.mesh.material.uniforms["ink"]!.value as Color).setRGB(colour[0] / 255, colour[1] / 255, colour[2] / 255);
    this.mesh.material.uniforms["strength"]!.value = strength;
  }

  dispose(): void {
    this.mesh.geometry.dispose();
    this.mesh.material.dispose();
  }
}
