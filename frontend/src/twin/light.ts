/**
 * Light, sky and haze. Without a sun of the clock's, light falls from the south-west as on a map, and a roof has the
 * colour that the legend shows. With one, `sun.direction` leads the light, and `sun.on` casts shadows around what is seen.
 */

import { BackSide, Color, CustomBlending, DirectionalLight, Fog, HemisphereLight, Mesh, OneMinusSrcAlphaFactor, PCFShadowMap, PlaneGeometry, Scene, ShaderMaterial, ShadowMaterial, SphereGeometry, SrcAlphaFactor, Vector3 } from "three";
import type { WebGLRenderer } from "three";
import { groundZ } from "../geometry/flat";
import { ORDER } from "./stage";
import type { Sun } from "./stage";

interface Air {
  readonly zenith: number;
  readonly horizon: number;
  readonly paper: number;
  readonly underside: number;
}

const LIGHT_AIR: Air = { zenith: 0xb9cfdc, horizon: 0xedebe3, paper: 0xf1eee6, underside: 0xc9c1b0 };
const DARK_AIR: Air = { zenith: 0x0c1116, horizon: 0x262e35, paper: 0x191d21, underside: 0x6a747c };
const NIGHT_AIR: Air = { zenith: 0x1a2533, horizon: 0x4a5666, paper: 0x3c4652, underside: 0x8a96a4 };
const MAP_LIGHT = new Vector3(-0.55, -0.75, 1.15).normalize();
const SHADOW_PX = 2048;

export class Light {
  readonly #sunlight = new DirectionalLight(0xffffff, 1.75);
  readonly #skylight = new HemisphereLight(0xffffff, 0xc9c1b0, 1.78);
  readonly #sky: Mesh<SphereGeometry, ShaderMaterial>;
  /** Shadows on the bare ground; drawn before all that lies or stands on it. */
  readonly #shaded = new Mesh(
    new PlaneGeometry(1, 1),
    new ShadowMaterial({ opacity: 0.42, transparent: false, depthTest: false, depthWrite: false, blending: CustomBlending, blendSrc: SrcAlphaFactor, blendDst: OneMinusSrcAlphaFactor }),
  );
  readonly #fog = new Fog(0xffffff, 1, 2);
  #dark = false;
  #sun: Sun = { direction: null, on: false };

  constructor(
    private readonly scene: Scene,
    private readonly renderer: WebGLRenderer,
  ) {
    this.#sky = new Mesh(
      new SphereGeometry(1, 32, 16),
      new ShaderMaterial({
        side: BackSide,
        depthWrite: false,
        depthTest: false,
        fog: false,
        uniforms: { zenith: { value: new Color() }, horizon: { value: new Color() } },
        vertexShader: `
          varying vec3 way;
          void main() {
            way = position;
            // At the far end of the view, whatever its near and far are.
            gl_Position = (projectionMatrix * vec4(mat3(viewMatrix) * position, 1.0)).xyww;
            gl_Position.z *= 0.99999;
          }`,
        fragmentShader: `
          varying vec3 way;
          uniform vec3 zenith;
          uniform vec3 horizon;
          void main() {
            float up = smoothstep(0.0, 0.42, normalize(way).z);
            gl_FragColor = linearToOutputTexel(vec4(mix(horizon, zenith, up), 1.0));
          }`,
      }),
    );
    this.#sky.frustumCulled = false;
    this.#sky.renderOrder = ORDER.sky;
    this.#sky.raycast = () => undefined;
    this.#shaded.receiveShadow = true;
    this.#shaded.visible = false;
    this.#shaded.renderOrder = ORDER.table + 1;
    this.#shaded.raycast = () => undefined;
    for (const light of [this.#sunlight, this.#skylight]) light.layers.enableAll();
    this.#sunlight.shadow.mapSize.set(SHADOW_PX, SHADOW_PX);
    this.#sunlight.shadow.bias = -0.0006;
    this.#sunlight.shadow.normalBias = 0.6;
    this.renderer.shadowMap.type = PCFShadowMap;
    scene.fog = this.#fog;
    scene.add(this.#sky, this.#shaded, this.#sunlight, this.#sunlight.target, this.#skylight);
    this.look(false);
  }

  /** The colour of the ground where there is nothing, as the haze makes it at the horizon. */
  get paper(): Color {
    return new Color(this.#air.paper);
  }

  get horizon(): Color {
    return this.#fog.color;
  }

  /** From where to where the haze thickens, in metres from the eye. */
  get haze(): { readonly near: number; readonly far: number } {
    return this.#fog;
  }

  get #air(): Air {
    const night = this.#sun.direction !== null && this.#sun.direction[2] < 0;
    return this.#dark ? DARK_AIR : night ? NIGHT_AIR : LIGHT_AIR;
  }

  look(dark: boolean): void {
    this.#dark = dark;
    const air = this.#air;
    (this.#sky.material.uniforms["zenith"]!.value as Color).setHex(air.zenith);
    (this.#sky.material.uniforms["horizon"]!.value as Color).setHex(air.horizon);
    this.#fog.color.setHex(air.horizon);
    this.#skylight.groundColor.setHex(air.underside);
  }

  set(sun: Sun): void {
    this.#sun = { ...sun };
    const height = sun.direction?.[2] ?? 1;
    const day = sun.direction === null ? 1 : Math.min(1, Math.max(0, (height + 0.02) / 0.12));
    // A low sun is warmer and weaker; at night the sky alone lights the city.
    this.#sunlight.color.setRGB(1, 0.82 + 0.18 * Math.min(1, Math.max(0, height) * 2.2), 0.62 + 0.38 * Math.min(1, Math.max(0, height) * 2.2));
    this.#sunlight.intensity = (sun.direction === null ? 1.75 : 2.15) * day;
    this.#skylight.intensity = sun.direction === null ? 1.78 : 1.0 + 0.5 * day;
    this.renderer.shadowMap.enabled = sun.on && sun.direction !== null && day > 0;
    this.#sunlight.castShadow = this.renderer.shadowMap.enabled;
    this.#shaded.visible = this.renderer.shadowMap.enabled;
    this.look(this.#dark);
  }

  /** Before a frame: light and shadow stand around what is looked at, and the haze begins beyond it. */
  aim(target: readonly [number, number, number], reachM: number, eyeHeightM: number): void {
    const from = this.#sun.direction ? new Vector3(...this.#sun.direction) : MAP_LIGHT;
    const wide = Math.min(6_000, Math.max(120, reachM * 0.75));
    this.#sunlight.target.position.set(...target);
    this.#sunlight.position.copy(this.#sunlight.target.position).addScaledVector(from, wide * 3);
    this.#sunlight.target.updateMatrixWorld();
    this.#fog.near = reachM * 1.6 + eyeHeightM * 2 + 2_500;
    this.#fog.far = reachM * 4 + eyeHeightM * 9 + 24_000;
    if (!this.#sunlight.castShadow) return;
    this.#shaded.position.set(target[0], target[1], groundZ(target[0], target[1]));
    this.#shaded.scale.set(wide * 2, wide * 2, 1);
    const { camera } = this.#sunlight.shadow;
    camera.left = camera.bottom = -wide;
    camera.right = camera.top = wide;
    camera.near = wide * 0.5;
    camera.far = wide * 6;
    camera.updateProjectionMatrix();
  }

  dispose(): void {
    this.#sky.geometry.dispose();
    this.#sky.material.dispose();
    this.#shaded.geometry.dispose();
    this.#shaded.material.dispose();
    this.#sunlight.dispose();
    this.#skylight.dispose();
    this.scene.fog = null;
  }
}
