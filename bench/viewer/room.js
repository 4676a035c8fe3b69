// The twin's own room, opened with ?debug: `window.engine` answers what measure.js asks.

(() => {
  const { twin } = madang;
  const LAYER = "building";
  const bodies = () => twin.layers.filter((layer) => layer.name === LAYER);
  const updates = new Map();
  let values = null;

  window.engine = {
    canvas: twin.canvas,
    look: ({ lon, lat, distance, heading, elevation }) => twin.goTo({ way: "orbit", lon, lat, height: 0, distance, heading, elevation }),
    /** Holds the detail, which the room else steers by the time frames take; null lets it go. */
    pin: (error) => {
      for (const layer of twin.layers) {
        if (!updates.has(layer)) updates.set(layer, layer.update.bind(layer));
        const update = updates.get(layer);
        layer.update = error === null ? update : (camera, width, height) => update(camera, width, height, error);
      }
      twin.invalidate();
    },
    draw: async () => {
      const frames = twin.stats().frames;
      twin.invalidate();
      while (twin.stats().frames === frames) await new Promise(requestAnimationFrame);
      return twin.stats().cpuMs;
    },
    rest: () => twin.invalidate(),
    firstView: () => performance.getEntriesByName("madang.first-view")[0]?.startTime ?? null,
    busy: () => twin.stats().tiles.loading > 0 || twin.stats().tiles.visible === 0,
    counts: () => {
      const { triangles, tiles, errorTarget, frames } = twin.stats();
      const shown = bodies().flatMap((layer) => layer.shownTables().map((table) => table.ids.length));
      return { triangles, features: shown.reduce((sum, count) => sum + count, 0), tiles: tiles.visible, error: errorTarget, frames };
    },
    /** A time step of the coloured figure: a new value for every building of the city. */
    prepare: async () => {
      madang.chosen = { layer: LAYER, attribute: "height" };
      while (madang.figure.main === null) await new Promise(requestAnimationFrame);
      values = [0, 1].map((odd) => Float64Array.from(madang.figure.main.values, (value) => (odd ? 63 - value : value)));
      madang.shown = { ...madang.figure.main, values: values[0] };
    },
    recolour: (round) => madang.step(values[round % 2]),
    pick: (x, y) => twin.pick(x, y)?.id ?? null,
    /** What the pane of the branch draws otherwise. */
    delta: () => ({
      drawn: twin.layer(`branch ${LAYER}`)?.seen.ids.length ?? 0,
      hidden: twin.layer(`both ${LAYER}`)?.plan.hidden.length ?? 0,
    }),
  };
})();
