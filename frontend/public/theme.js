// Runs before the first paint, so that a dark page never flashes light. A file of its own: the server allows no inline script.
(function () {
  try {
    var theme = localStorage.getItem("madang.theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  } catch (_) {
    // Storage is closed to us: the system's theme stands.
  }
})();
