/** The lines along the edges of a mesh's features. */

import { BufferAttribute, BufferGeometry, LineBasicMaterial, LineSegments } from "three";
import { edgeVertices } from "../geometry/edges";
import { paneOfBranch } from "./material";
import type { FeatureColours } from "./material";
import { positionsIn } from "./mesh";

/** Outlines are drawn for meshes of up to this many triangles: prisms, not whole cities of buildings. */
const MOST_OUTLINED = 40_000;
const SHARED = ["position", "_feature_id_0"] as const;

/** So far off the lines of houses have faded, and need not be. */
export const FADED_M = 5_000;
const FADING_M = 900;

/** The lines of a mesh, along its own corners and from its own buffers; a feature that a pane hides has none there, and the lines of houses fade with distance. */
export function outlineOf(geometry: BufferGeometry, colours: FeatureColours, fades: boolean): LineSegments | null {
  const triangles = geometry.index?.array;
  if (!triangles || triangles.length === 0 || triangles.length / 3 > MOST_OUTLINED) return null;
  const features = geometry.getAttribute("_feature_id_0");
  const vertices = edgeVertices(positionsIn(geometry, null), triangles, features.array);
  const lines = new BufferGeometry();
  for (const name of SHARED) lines.setAttribute(name, geometry.getAttribute(name));
  lines.setIndex(new BufferAttribute(features.count > 65_535 ? vertices : Uint16Array.from(vertices), 1));
  const material = new LineBasicMaterial({ transparent: true, opacity: 0.3, depthWrite: false });
  material.onBeforeCompile = (shader) => {
    shader.uniforms["featureColours"] = { value: colours.texture };
    shader.uniforms["paneOfBranch"] = paneOfBranch;
    shader.vertexShader = shader.vertexShader
      .replace("#include <common>", `#include <common>\n${LINE_HEAD}`)
      .replace("#include <project_vertex>", `#include <project_vertex>\n${LINE_BODY}\nvFade = ${fades ? `1.0 - smoothstep(${FADING_M}.0, ${FADED_M}.0, -mvPosition.z)` : "1.0"};`);
    shader.fragmentShader = shader.fragmentShader
      .replace("#include <common>", "#include <common>\nvarying float vFade;")
      .replace("#include <color_fragment>", "#include <color_fragment>\ndiffuseColor.a *= vFade;");
  };
  material.customProgramCacheKey = () => `madang-outline ${fades}`;
  const outline = new LineSegments(lines, material);
  outline.frustumCulled = false;
  outline.raycast = () => undefined;
  return outline;
}

/** Takes the lines away, and leaves the mesh the buffers it shares with them. */
export function disposeOutline(outline: LineSegments): void {
  outline.removeFromParent();
  for (const name of SHARED) outline.geometry.deleteAttribute(name);
  outline.geometry.dispose();
  (outline.material as LineBasicMaterial).dispose();
}

const LINE_HEAD = `
  attribute float _feature_id_0;
  uniform sampler2D featureColours;
  uniform float paneOfBranch;
  varying float vFade;`;

const LINE_BODY = `
  int feature = int(_feature_id_0 + 0.5);
  float seen = texelFetch(featureColours, ivec2(feature % 256, feature / 256), 0).a * 255.0;
  if (seen < 40.0 || (seen < 130.0 && paneOfBranch > 0.5) || (seen > 130.0 && seen < 210.0 && paneOfBranch < 0.5)) gl_Position = vec4(0.0, 0.0, 2.0, 0.0);`;
