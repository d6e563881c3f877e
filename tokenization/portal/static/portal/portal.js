// Counts on from the time that the server wrote, shows only the fields that a kind of bid needs, and leads to what is
// new on the page. Without this script the pages say and do the same.
"use strict";
(() => {
  const words = (seconds) => {
    const parts = [];
    for (const [size, word] of [[86400, "day"], [3600, "hour"], [60, "minute"], [1, "second"]]) {
      const count = Math.floor(seconds / size);
      seconds -= count * size;
      if (count) parts.push(count + " " + word + (count > 1 ? "s" : ""));
    }
    return parts.slice(0, 2).join(" ");
  };
  // The server's clock counts, not this machine's: only the time since the page was made is measured here.
  const count = (element) => {
    const left = Number(element.dataset.ends) - Number(element.dataset.now), start = performance.now();
    const tick = () => {
      const seconds = Math.floor(left - (performance.now() - start) / 1000);
      element.textContent = seconds > 0 ? words(seconds) : "no time";
      element.classList.toggle("tk-soon", seconds < 300);
      if (seconds > 0) setTimeout(tick, 1000);
    };
    if (left > 0) tick();
  };
  const kinds = (form) => {
    const choices = form.querySelectorAll("input[name=competitive]");
    const priced = ["price", "yield_pct"].map((name) => form.querySelector("input[name=" + name + "]"));
    const show = () => {
      const without = [...choices].some((choice) => choice.checked && choice.value === "no");
      for (const input of priced) {
        if (!input) continue;
        input.disabled = without;
        input.closest(".tk-field").hidden = without;
      }
    };
    choices.forEach((choice) => choice.addEventListener("change", show));
    if (choices.length) show();
  };
  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("time[data-ends]").forEach(count);
    document.querySelectorAll("form").forEach(kinds);
    const news = document.querySelector("[data-focus]");
    if (news) news.focus();
  });
})();
