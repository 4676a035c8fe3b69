// The same tiles in a plain CesiumJS page: no imagery, no terrain, no token, a frame only when something has changed.
// `window.engine` answers what measure.js asks. The address tells the tileset, the view and the detail.

const told = new URLSearchParams(location.search);
const number = (name) => Number(told.get(name));

const widget = new Cesium.CesiumWidget("globe", {
  baseLayer: false,
  terrainProvider: new Cesium.EllipsoidTerrainProvider(),
  skyBox: false,
  skyAtmosphere: false,
  requestRenderMode: true,
  maximumRenderTimeChange: Infinity,
});
const { scene } = widget;
const canvas = scene.canvas;
let tileset = null;
let calls = 0;

function look({ lon, lat, distance, heading, elevation }) {
  // As ours: 36 degrees from the lower to the upper edge. Cesium counts along the longer side.
  const half = Math.tan((18 * Math.PI) / 180);
  const aspect = canvas.clientWidth / canvas.clientHeight;
  scene.camera.frustum.fov = 2 * Math.atan(half * Math.max(1, aspect));
  const direction = new Cesium.HeadingPitchRange(Cesium.Math.toRadians(heading), Cesium.Math.toRadians(-elevation), distance);
  scene.camera.lookAt(Cesium.Cartesian3.fromDegrees(lon, lat, 0), direction);
  scene.requestRender();
}

scene.postRender.addEventListener(() => {
  calls += 1;
  if (tileset && tileset.statistics.numberOfTrianglesSelected > 0 && performance.getEntriesByName("first-view").length === 0) performance.mark("first-view");
});

async function open() {
  const made = await Cesium.Cesium3DTileset.fromUrl(told.get("tiles"), {
    maximumScreenSpaceError: number("error"),
    // The same detail everywhere in the picture, as ours.
    dynamicScreenSpaceError: false,
    cacheBytes: 420 * 2 ** 20,
  });
  scene.primitives.add(made);
  tileset = made;
  scene.requestRender();
}

window.engine = {
  canvas,
  look,
  pin: (error) => {
    if (error === null) return;
    tileset.maximumScreenSpaceError = error;
    scene.requestRender();
  },
  /** Draws at once; gives the milliseconds of the engine's own work. */
  draw: async () => {
    widget.useDefaultRenderLoop = false;
    const start = performance.now();
    scene.requestRender();
    widget.render();
    return performance.now() - start;
  },
  rest: () => {
    widget.useDefaultRenderLoop = true;
    scene.requestRender();
  },
  firstView: () => performance.getEntriesByName("first-view")[0]?.startTime ?? null,
  busy: () => tileset === null || !tileset.tilesLoaded || tileset.statistics.numberOfTrianglesSelected === 0,
  counts: () => {
    const found = tileset.statistics;
    return { triangles: found.numberOfTrianglesSelected, features: found.numberOfFeaturesSelected, tiles: found.selected, error: tileset.maximumScreenSpaceError, frames: calls };
  },
  /** Colours all features by their height; another direction of the colours each time. */
  recolour: (round) => {
    const colours = ["#feebe2", "#fbb4b9", "#f768a1", "#c51b8a", "#7a0177"];
    if (round % 2 === 1) colours.reverse();
    tileset.style = new Cesium.Cesium3DTileStyle({
      color: { conditions: [...[14, 25, 37, 48].map((bound, i) => [`\${feature['height']} < ${bound}`, `color('${colours[i]}')`]), ["true", `color('${colours[4]}')`]] },
    });
    scene.requestRender();
  },
  pick: (x, y) => {
    const found = scene.pick(new Cesium.Cartesian2(x, y));
    return found instanceof Cesium.Cesium3DTileFeature ? found.getProperty("id") : null;
  },
};

look({ lon: number("lon"), lat: number("lat"), distance: number("distance"), heading: number("heading"), elevation: number("elevation") });
open();
