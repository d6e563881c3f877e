// Keeps a part of a page fresh while work is under way. Without this script the part is right when the page is loaded.
"use strict";
(() => {
  // Ten minutes at five seconds: a page that nobody looks at must not keep its session alive for ever.
  const MOST = 120;
  const fetched = async (id) => {
    // An address of its own where looking at the whole page again would count as a look.
    const from = document.getElementById(id)?.dataset.from || location.href;
    const answer = await fetch(from, { credentials: "same-origin" });
    if (!answer.ok || answer.redirected) return null;
    return new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(id);
  };
  const follow = (id, left) => {
    const place = document.getElementById(id);
    if (!place || !place.dataset.refresh || left < 1) return;
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
      follow(id, left - 1);
    }, Number(place.dataset.refresh) * 1000);
  };
  document.addEventListener("DOMContentLoaded", () => {
    for (const place of document.querySelectorAll("[data-refresh][id]")) follow(place.id, MOST);
  });
})();
