/**
 * How a feature looks. Its colour stands in one small RGBA texture a mesh, looked up by the feature number of each
 * vertex: theme, classes, selection and time steps are writes into that texture. Its alpha says in which panes the
 * feature is seen (`colour/rows.ts`), so that one mesh serves 현행 and an 안 that hides some of it.
 * Walls darken a little towards the ground, as between real houses; that costs one multiplication.
 */

import {
  ClampToEdgeWrapping,
  DataTexture,
  DoubleSide,
  FloatType,
  MeshDepthMaterial,
  MeshLambertMaterial,
  NearestFilter,
  RGBADepthPacking,
  RGBAFormat,
  RedFormat,
  SRGBColorSpace,
  UnsignedByteType,
} from "three";
import type { Material, PixelFormat, TextureDataType, WebGLProgramParametersWithUniforms } from "three";
import { SEEN } from "../colour/rows";

const WIDTH = 256;
const RELIEF_STEEPER = "2.4";

/** Whether the pane that is being drawn is that of the 안: one value for all materials. */
export const paneOfBranch = { value: 0 };

function featureTexture(data: Uint8Array | Float32Array, rows: number, format: PixelFormat, type: TextureDataType): DataTexture {
  const texture = new DataTexture(data as Uint8Array<ArrayBuffer>, WIDTH, rows, format, type);
  texture.minFilter = NearestFilter;
  texture.magFilter = NearestFilter;
  texture.wrapS = ClampToEdgeWrapping;
  texture.wrapT = ClampToEdgeWrapping;
  texture.needsUpdate = true;
  return texture;
}

export class FeatureColours {
  readonly texture: DataTexture;
  /** One packed colour a feature, in the texture's own memory. */
  readonly packed: Uint32Array;

  constructor(features: number) {
    const rows = Math.max(1, Math.ceil(features / WIDTH));
    const bytes = new Uint8Array(WIDTH * rows * 4).fill(255);
    this.packed = new Uint32Array(bytes.buffer);
    this.texture = featureTexture(bytes, rows, RGBAFormat, UnsignedByteType);
    this.texture.colorSpace = SRGBColorSpace;
  }

  /** The graphics card takes what was written. */
  written(): void {
    this.texture.needsUpdate = true;
  }

  dispose(): void {
    this.texture.dispose();
  }
}

/** The height of the ground under each feature, for the shading of its walls. */
export class FeatureBases {
  readonly texture: DataTexture;

  constructor(bases: Float32Array) {
    const rows = Math.max(1, Math.ceil(bases.length / WIDTH));
    const data = new Float32Array(WIDTH * rows);
    data.set(bases);
    this.texture = featureTexture(data, rows, RedFormat, FloatType);
  }

  dispose(): void {
    this.texture.dispose();
  }
}

export interface FeatureLook {
  readonly colours: FeatureColours;
  /** null for what is not shaded by height. */
  readonly bases: FeatureBases | null;
  /** For what lies on the ground: its place among the sheets, 1 the lowest. 0 for what stands. */
  readonly sheet: number;
  readonly terrain: boolean;
}

const LOOK_UP = `
  attribute float _feature_id_0;
  uniform sampler2D featureColours;
  uniform float paneOfBranch;
  varying vec4 vFeatureColour;
  vec4 featureColour(int feature) {
    vec4 found = texelFetch(featureColours, ivec2(feature % ${WIDTH}, feature / ${WIDTH}), 0);
    float seen = found.a * 255.0;
    bool shown = seen > ${SEEN.both - 20}.0 || (seen > ${SEEN.branch - 20}.0 ? paneOfBranch > 0.5 : seen > ${SEEN.main - 20}.0 && paneOfBranch < 0.5);
    return vec4(found.rgb, shown ? 1.0 : 0.0);
  }`;

/** A feature that this pane does not show is folded to a point: it costs no pixel. GLTFLoader writes the attribute's name in small letters. */
const TAKE_COLOUR = `
  int feature = int(_feature_id_0 + 0.5);
  vFeatureColour = featureColour(feature);`;

/** A matt material that takes its colour from the texture. */
export function featureMaterial({ colours, bases, sheet, terrain }: FeatureLook): MeshLambertMaterial {
  const material = new MeshLambertMaterial({ side: DoubleSide, polygonOffset: sheet === 0, polygonOffsetFactor: terrain ? 2 : 1, polygonOffsetUnits: terrain ? 2 : 1 });
  // What lies on the ground is drawn before what stands on it and leaves no depth: sheets cannot flicker among themselves.
  if (sheet > 0) material.depthWrite = false;
  material.onBeforeCompile = (shader) => {
    shader.uniforms["featureColours"] = { value: colours.texture };
    shader.uniforms["paneOfBranch"] = paneOfBranch;
    if (bases) shader.uniforms["featureBases"] = { value: bases.texture };
    shader.vertexShader = shader.vertexShader
      .replace("#include <common>", `#include <common>\n${LOOK_UP}\nvarying float vShade;${bases ? "\nuniform sampler2D featureBases;" : ""}`)
      .replace("#include <begin_vertex>", `#include <begin_vertex>\n${TAKE_COLOUR}\nvShade = 1.0;${bases ? BY_HEIGHT : ""}`)
      .replace("#include <project_vertex>", `#include <project_vertex>\n${sheet > 0 ? TOWARDS_EYE : ""}\n${FOLD_AWAY}`);
    shader.fragmentShader = shader.fragmentShader
      .replace("#include <common>", "#include <common>\nvarying vec4 vFeatureColour;\nvarying float vShade;")
      .replace("#include <color_fragment>", "if (vFeatureColour.a < 0.5) discard;\ndiffuseColor.rgb = vFeatureColour.rgb * vShade;")
      .replace("#include <normal_fragment_maps>", `#include <normal_fragment_maps>${terrain ? RELIEF : ""}`);
  };
  material.customProgramCacheKey = () => `madang-feature ${bases ? "shaded" : "plain"} ${sheet > 0 ? "sheet" : terrain ? "terrain" : "solid"}`;
  return material;
}

const BY_HEIGHT = `
  float above = (modelMatrix * vec4(position, 1.0)).z - texelFetch(featureBases, ivec2(feature % ${WIDTH}, feature / ${WIDTH}), 0).r;
  vShade = mix(0.74, 1.0, smoothstep(-2.0, 22.0, above));`;

/**
 * Moved along the ray to the eye: the same place in the picture, a little nearer than the ground under it. From afar
 * ground is drawn coarsely and may rise above what lies on it, by some pixels; there it is moved further.
 */
const TOWARDS_EYE = `
  mvPosition.xyz *= 1.0 - mix(0.006, 0.016, smoothstep(1200.0, 9000.0, -mvPosition.z));
  gl_Position = projectionMatrix * mvPosition;`;

/**
 * Light on hills as on a relief map: slopes are lit as if they were steeper, so that low hills are read, too. A skirt is
 * lit as the ground it hangs from, from whatever side it is seen: else it shows as a dark seam.
 */
const RELIEF = `
  normal *= faceDirection;
  vec3 upright = normalize((viewMatrix * vec4(0.0, 0.0, 1.0, 0.0)).xyz);
  float lying = max(dot(normal, upright), 0.05);
  normal = normalize(upright * lying + (normal - upright * dot(normal, upright)) * ${RELIEF_STEEPER});`;

const FOLD_AWAY = "if (vFeatureColour.a < 0.5) gl_Position = vec4(0.0, 0.0, 2.0, 0.0);";

/** What the sun sees of a mesh: features that the pane hides cast no shadow. */
export function shadowMaterial(colours: FeatureColours): MeshDepthMaterial {
  const material = new MeshDepthMaterial({ depthPacking: RGBADepthPacking, side: DoubleSide });
  material.onBeforeCompile = (shader: WebGLProgramParametersWithUniforms) => {
    shader.uniforms["featureColours"] = { value: colours.texture };
    shader.uniforms["paneOfBranch"] = paneOfBranch;
    shader.vertexShader = shader.vertexShader
      .replace("#include <common>", `#include <common>\n${LOOK_UP}`)
      .replace("#include <begin_vertex>", `#include <begin_vertex>\n${TAKE_COLOUR}`)
      .replace("#include <project_vertex>", `#include <project_vertex>\n${FOLD_AWAY}`);
  };
  material.customProgramCacheKey = () => "madang-feature shadow";
  return material;
}

export function disposeAll(materials: Material | readonly Material[]): void {
  for (const material of Array.isArray(materials) ? (materials as readonly Material[]) : [materials as Material]) material.dispose();
}
