/** The city laid flat: between degrees and metres above the datum, and the frame of the scene around the city's middle. */

import { Matrix4, Vector3 } from "three";
import { localFrame, toEarthCentred, toLonLat } from "../geometry/geodesy";

export class Place {
  /** From the earth-centred frame to that of the scene; null until the city has a place. */
  #frame: Matrix4 | null = null;
  #back = new Matrix4();

  get known(): boolean {
    return this.#frame !== null;
  }

  get frame(): Matrix4 | null {
    return this.#frame;
  }

  /** Lays the city flat around a point of the earth-centred frame. */
  lay(centre: Vector3): Matrix4 {
    const [lon, lat] = toLonLat([centre.x, centre.y, centre.z]);
    this.#frame = new Matrix4().fromArray([...localFrame(lon, lat)]);
    this.#back = this.#frame.clone().invert();
    return this.#frame;
  }

  toLocal(lon: number, lat: number, height = 0): Vector3 {
    return new Vector3(...toEarthCentred(lon, lat, height)).applyMatrix4(this.#frame ?? new Matrix4());
  }

  toLonLat(point: Vector3): { lon: number; lat: number; height: number } {
    const { x, y, z } = point.clone().applyMatrix4(this.#back);
    const [lon, lat, height] = toLonLat([x, y, z]);
    return { lon, lat, height };
  }
}
