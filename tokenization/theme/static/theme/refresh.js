// Keeps a part of a page fresh while work is under way. Without this script the part is right when the page is loaded.
"use strict";
(() => {
  // A page that nobody looks at must not keep its session alive for ever.
  const TEN_MINUTES = 600000;
  const fetched = async (id) => {
    // An address of its own where looking at the whole page again would count as a look.
    const from = document.getElementById(id)?.dataset.from || location.href;
    const answer = await fetch(from, { credentials: "same-origin" });
    if (!answer.ok || answer.redirected) return null;
    return new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(id);
  };
  const follow = (id, until) => {
    const place = document.getElementById(id);
    if (!place || !place.dataset.refresh || Date.now() > until) return;
    setTimeout(async () => {
      if (!document.hidden) {
        try {
          const found = await fetched(id);
          if (!found) return;
          document.getElementById(id).replaceWith(found);
        } catch {
          // The network is away for a moment: asked again.
        }
      }
      follow(id, until);
    }, Number(place.dataset.refresh) * 1000);
  };
  document.addEventListener("DOMContentLoaded", () => {
    for (const place of document.querySelectorAll("[data-refresh][id]")) follow(place.id, Date.now() + TEN_MINUTES);
  });
})();
