// A passkey's answer, put into the form that asked for it. Needs mfa/js/webauthn-json.js (django-allauth).
"use strict";
(() => {
  const answer = async (button) => {
    const form = button.form;
    const fault = form.querySelector("[data-passkey-fault]");
    fault.hidden = true;
    try {
      const options = JSON.parse(document.getElementById("passkey-options").textContent);
      const credential = await window.webauthnJSON[button.dataset.passkey](options);
      form.querySelector("[data-passkey-answer]").value = JSON.stringify(credential);
      for (const code of form.querySelectorAll("[name=factor_code]")) code.value = "";
      form.submit();
    } catch (error) {
      fault.hidden = false;
    }
  };
  document.addEventListener("DOMContentLoaded", () => {
    for (const button of document.querySelectorAll("[data-passkey]")) {
      button.addEventListener("click", () => answer(button));
    }
  });
})();
