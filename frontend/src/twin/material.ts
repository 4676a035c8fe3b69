/**
 * Colour by feature: one small RGBA texture a mesh, looked up in the shader by the feature number of each vertex.
 * Theme, classes, selection and what an 안 changes are all writes into that texture; alpha 0 hides a feature.
 */

import { ClampToEdgeWrapping, DataTexture, DoubleSide, MeshLambertMaterial, NearestFilter, RGBAFormat, SRGBColorSpace, UnsignedByteType } from "three";
import type { Rgb } from "../colour/classes";

const WIDTH = 256;

export class FeatureColours {
  readonly texture: DataTexture;
  readonly #data: Uint8Array;

  constructor(features: number) {
    const rows = Math.max(1, Math.ceil(features / WIDTH));
    this.#data = new Uint8Array(WIDTH * rows * 4).fill(255);
    this.texture = new DataTexture(this.#data, WIDTH, rows, RGBAFormat, UnsignedByteType);
    this.texture.colorSpace = SRGBColorSpace;
    this.texture.minFilter = NearestFilter;
    this.texture.magFilter = NearestFilter;
    this.texture.wrapS = ClampToEdgeWrapping;
    this.texture.wrapT = ClampToEdgeWrapping;
    this.texture.needsUpdate = true;
  }

  /** Writes the colour of every feature; null hides it. */
  paint(features: number, colourOf: (feature: number) => Rgb | null): void {
    for (let feature = 0; feature < features; feature += 1) {
      const colour = colourOf(feature);
      const at = feature * 4;
      this.#data[at] = colour?.[0] ?? 0;
      this.#data[at + 1] = colour?.[1] ?? 0;
      this.#data[at + 2] = colour?.[2] ?? 0;
      this.#data[at + 3] = colour ? 255 : 0;
    }
    this.texture.needsUpdate = true;
  }

  dispose(): void {
    this.texture.dispose();
  }
}

/** A matt material that takes its colour from the texture. GLTFLoader writes the attribute's name in small letters. */
export function featureMaterial(colours: FeatureColours): MeshLambertMaterial {
  const material = new MeshLambertMaterial({ side: DoubleSide, polygonOffset: true, polygonOffsetFactor: 1, polygonOffsetUnits: 1 });
  material.onBeforeCompile = (shader) => {
    shader.uniforms["featureColours"] = { value: colours.texture };
    shader.vertexShader = shader.vertexShader
      .replace(
        "#include <common>",
        `#include <common>
        attribute float _feature_id_0;
        uniform sampler2D featureColours;
        varying vec4 vFeatureColour;`,
      )
      .replace(
        "#include <begin_vertex>",
        `#include <begin_vertex>
        int feature = int(_feature_id_0 + 0.5);
        vFeatureColour = texelFetch(featureColours, ivec2(feature % ${WIDTH}, feature / ${WIDTH}), 0);`,
      );
    shader.fragmentShader = shader.fragmentShader
      .replace(
        "#include <common>",
        `#include <common>
        varying vec4 vFeatureColour;`,
      )
      .replace(
        "#include <color_fragment>",
        `if (vFeatureColour.a < 0.5) discard;
        diffuseColor.rgb = vFeatureColour.rgb;`,
      );
  };
  material.customProgramCacheKey = () => "madang-feature-colour";
  return material;
}
