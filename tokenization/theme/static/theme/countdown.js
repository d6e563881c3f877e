// Counts down to an instant by the server's clock. Without this script the page still says the instant and the time left.
"use strict";
(() => {
  const SIZES = [86400, 3600, 60, 1];
  const words = (seconds, units) => {
    const parts = [];
    let rest = seconds;
    for (const [at, size] of SIZES.entries()) {
      const number = Math.floor(rest / size);
      rest -= number * size;
      if (number || parts.length || size === 1) parts.push(number + " " + units[at]);
    }
    return parts.join(" ");
  };
  // The machine's own clock may be wrong: only the time that passes on it is used.
  const run = (place) => {
    const left = Date.parse(place.dataset.countdown) - Date.parse(place.dataset.now);
    const from = performance.now();
    const units = (place.dataset.units || "d h min s").split(" ");
    const tick = () => {
      const seconds = Math.ceil((left - (performance.now() - from)) / 1000);
      place.classList.toggle("tk-soon", seconds < 300);
      if (seconds > 0) {
        place.textContent = words(seconds, units);
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
