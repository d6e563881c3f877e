// Counts down to an instant by the server's clock. Without this script the page still says the instant and the time left.
"use strict";
(() => {
  const UNITS = [["d", 86400], ["h", 3600], ["min", 60], ["s", 1]];
  const words = (seconds) => {
    const parts = [];
    let rest = seconds;
    for (const [unit, size] of UNITS) {
      const number = Math.floor(rest / size);
      rest -= number * size;
      if (number || parts.length || unit === "s") parts.push(number + " " + unit);
    }
    return parts.join(" ");
  };
  // The machine's own clock may be wrong: only the time that passes on it is used.
  const run = (place) => {
    const left = Date.parse(place.dataset.countdown) - Date.parse(place.dataset.now);
    const from = performance.now();
    const tick = () => {
      const seconds = Math.ceil((left - (performance.now() - from)) / 1000);
      place.classList.toggle("tk-soon", seconds < 300);
      if (seconds > 0) {
        place.textContent = words(seconds);
        return;
      }
      clearInterval(timer);
      place.setAttribute("role", "status");
      place.textContent = place.dataset.over;
    };
    const timer = setInterval(tick, 250);
    tick();
  };
  document.addEventListener("DOMContentLoaded", () => document.querySelectorAll("[data-countdown]").forEach(run));
})();
