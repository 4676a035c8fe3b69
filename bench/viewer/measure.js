// What is asked of both engines alike, by `window.engine` (room.js, plain.js).

(() => {
  const { engine } = window;
  const frame = () => new Promise(requestAnimationFrame);
  const pause = (ms) => new Promise((done) => setTimeout(done, ms));
  const CALM_MS = 1_500;

  /** Waits until the picture is drawn: reading one of its pixels comes last in the graphics card's queue. */
  function finished() {
    const gl = engine.canvas.getContext("webgl2");
    gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4));
  }

  /** One frame from asking for it to the last pixel: all of it, and the engine's own part. */
  async function timed(before) {
    await frame();
    const start = performance.now();
    before();
    const own = await engine.draw();
    finished();
    return { all: performance.now() - start, own };
  }

  window.measure = {
    /** The moment from which on nothing more came in. */
    async settled(patienceMs) {
      const end = performance.now() + patienceMs;
      let calm = performance.now();
      let frames = -1;
      while (performance.now() < end) {
        const { busy } = { busy: engine.busy() };
        const now = busy ? -1 : engine.counts().frames;
        if (busy || now !== frames) [calm, frames] = [performance.now(), now];
        else if (performance.now() - calm > CALM_MS) return calm;
        await pause(60);
      }
      return null;
    },

    /** Turns around the place; the first frames, which compile shaders, do not count. */
    async orbit(view, frames, stepDeg) {
      const found = [];
      for (let at = -2; at < frames; at += 1) {
        const one = await timed(() => engine.look({ ...view, heading: view.heading + (at + 2) * stepDeg }));
        if (at >= 0) found.push({ ...one, triangles: engine.counts().triangles });
      }
      engine.look(view);
      engine.rest();
      return found;
    },

    async recolour(rounds) {
      await engine.prepare?.();
      const found = [];
      for (let round = 0; round <= rounds; round += 1) {
        let call = 0;
        const one = await timed(() => {
          const start = performance.now();
          engine.recolour(round);
          call = performance.now() - start;
        });
        if (round > 0) found.push({ call, ...one });
      }
      engine.rest();
      return found;
    },

    /** Frames in which nothing changes, to tell what a recolour adds. */
    async still(rounds) {
      const found = [];
      for (let round = 0; round < rounds; round += 1) found.push(await timed(() => undefined));
      engine.rest();
      return found;
    },

    async pick(columns, rows) {
      const { clientWidth: width, clientHeight: height } = engine.canvas;
      const found = [];
      for (let row = 1; row <= rows; row += 1) {
        for (let column = 1; column <= columns; column += 1) {
          await frame();
          const start = performance.now();
          const id = engine.pick((width * column) / (columns + 1), (height * row) / (rows + 1));
          found.push({ ms: performance.now() - start, id });
        }
      }
      return found;
    },
  };
})();
