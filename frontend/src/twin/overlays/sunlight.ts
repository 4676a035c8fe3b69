/** Hours of sun as small plates on façades, roofs and plots: one a sample, in the colour of its class, for each side its own. */

import { Color, DoubleSide, InstancedMesh, Matrix4, MeshBasicMaterial, PlaneGeometry, Quaternion, Vector3 } from "three";
import type { Rgb } from "../../colour/classes";
import type { Side } from "../../geometry/panes";
import { MASKS, ORDER } from "../stage";
import type { Overlay, Stage } from "../stage";

export interface Plate {
  readonly lon: number;
  readonly lat: number;
  readonly height: number;
  /** Degrees clockwise from north that it faces; null faces up. */
  readonly azimuth: number | null;
  readonly colour: Rgb;
}

const OFF_WALL_M = 0.35;
const SHARE_OF_SPACING = 0.97;

export class SunlightPlates implements Overlay {
  #stage: Stage | null = null;
  #drawn: InstancedMesh[] = [];
  #plates: readonly (readonly [Side | "both", readonly Plate[]])[] = [];
  #sizeM = 3;
  #placed = false;

  attach(stage: Stage): void {
    this.#stage = stage;
    this.#draw();
  }

  /** The plates of each side; one list may serve both. */
  show(plates: readonly (readonly [Side | "both", readonly Plate[]])[], spacingM: number): void {
    this.#plates = plates;
    this.#sizeM = spacingM * SHARE_OF_SPACING;
    this.#draw();
  }

  changed(): void {
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
      (mesh.material as MeshBasicMaterial).dispose();
      mesh.dispose();
    }
    this.#drawn = [];
  }

  #draw(): void {
    const stage = this.#stage;
    this.#clear();
    this.#placed = stage?.placed ?? false;
    if (!stage || !this.#placed) return;
    for (const [side, plates] of this.#plates) {
      if (plates.length === 0) continue;
      const mesh = new InstancedMesh(new PlaneGeometry(this.#sizeM, this.#sizeM), new MeshBasicMaterial({ side: DoubleSide, polygonOffset: true, polygonOffsetFactor: -4, polygonOffsetUnits: -4 }), plates.length);
      const matrix = new Matrix4();
      const colour = new Color();
      const one = new Vector3(1, 1, 1);
      plates.forEach((plate, i) => {
        const normal = facing(plate.azimuth);
        const place = stage.toLocal(plate.lon, plate.lat, plate.height).addScaledVector(normal, OFF_WALL_M);
        matrix.compose(place, new Quaternion().setFromUnitVectors(FORWARD, normal), one);
        if (plate.azimuth !== null) matrix.makeBasis(new Vector3(0, 0, 1).cross(normal), new Vector3(0, 0, 1), normal).setPosition(place);
        mesh.setMatrixAt(i, matrix);
        mesh.setColorAt(i, colour.setRGB(plate.colour[0] / 255, plate.colour[1] / 255, plate.colour[2] / 255, "srgb"));
      });
      mesh.layers.set(MASKS[side]);
      mesh.renderOrder = ORDER.overlay - 5;
      mesh.frustumCulled = false;
      mesh.raycast = () => undefined;
      stage.scene.add(mesh);
      this.#drawn.push(mesh);
    }
    stage.invalidate();
  }
}

const FORWARD = new Vector3(0, 0, 1);

function facing(azimuth: number | null): Vector3 {
  if (azimuth === null) return FORWARD.clone();
  const angle = (azimuth * Math.PI) / 180;
  return new Vector3(Math.sin(angle), Math.cos(angle), 0);
}
