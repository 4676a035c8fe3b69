/** What sensors can be asked for, and what each of them says of one quantity. Pure. */

import type { LiveReading, Sensor } from "../../api/rooms/twin-reading";
import type { Pair } from "../../api/types";

export interface Quantity {
  /** The attribute and its unit, as the address says them: values in different units are not set side by side. */
  readonly id: string;
  readonly attribute: string;
  readonly unit: string | null;
  readonly label: Pair;
  readonly sensors: number;
}

const idOf = (reading: LiveReading): string => (reading.unit === null ? reading.attribute : `${reading.attribute}.${reading.unit}`);

/** Every quantity that is read, the one of most sensors first; particulate matter before others that as many read. */
export function quantitiesOf(sensors: readonly Sensor[]): readonly Quantity[] {
  const found = new Map<string, Quantity>();
  for (const { readings } of sensors) {
    for (const reading of readings) {
      const id = idOf(reading);
      const { attribute, unit, label } = reading;
      found.set(id, { id, attribute, unit, label, sensors: (found.get(id)?.sensors ?? 0) + 1 });
    }
  }
  const first = (one: Quantity): number => (one.attribute === "pm10" ? 0 : one.attribute === "pm25" ? 1 : 2);
  return [...found.values()].sort((one, other) => other.sensors - one.sensors || first(one) - first(other) || one.id.localeCompare(other.id));
}

export interface Row {
  readonly sensor: Sensor;
  readonly reading: LiveReading;
}

/** The sensors that read a quantity; those with a value of now before the stale ones, the greatest first. */
export function rowsOf(sensors: readonly Sensor[], quantity: string): readonly Row[] {
  const rows = sensors.flatMap((sensor) => sensor.readings.filter((reading) => idOf(reading) === quantity).map((reading) => ({ sensor, reading })));
  const size = ({ reading }: Row): number => (typeof reading.value === "number" ? reading.value : -Infinity);
  return rows.sort((one, other) => Number(one.reading.stale) - Number(other.reading.stale) || size(other) - size(one) || one.sensor.id.localeCompare(other.sensor.id));
}
