// Shows only the fields that a kind of bid needs, copies what a bank's form asks for, and leads to what is new on the page.
// Without this script the pages say and do the same.
"use strict";
(() => {
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
  // Browsers copy only on pages that came over a safe connection: elsewhere the button stays away.
  const copies = (button) => {
    if (!navigator.clipboard) return;
    button.hidden = false;
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(button.dataset.copy);
        button.textContent = button.dataset.done;
        button.removeAttribute("aria-label");
      } catch (error) {
        // The browser does not let us: what is to be copied is selected, so that the reader can.
        window.getSelection().selectAllChildren(button.previousElementSibling);
      }
    });
  };
  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("form").forEach(kinds);
    document.querySelectorAll("[data-copy]").forEach(copies);
    const news = document.querySelector("[data-focus]");
    if (news) news.focus();
  });
})();
