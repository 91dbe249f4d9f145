// What pages cannot do without: the menu on a phone, and forms that send themselves. Everything works without it.
(function () {
  var toggle = document.querySelector(".house-toggle");
  var menu = document.getElementById("menu");
  if (toggle && menu) {
    document.documentElement.classList.add("has-js");
    toggle.hidden = false;
    toggle.addEventListener("click", function () {
      var open = toggle.getAttribute("aria-expanded") !== "true";
      toggle.setAttribute("aria-expanded", String(open));
      menu.classList.toggle("open", open);
    });
    document.addEventListener("keydown", function (event) {
      if (event.key === "Escape" && menu.classList.contains("open")) { toggle.click(); toggle.focus(); }
    });
  }
  document.addEventListener("change", function (event) {
    var form = event.target.closest("form[data-send-on-change]");
    if (form) form.requestSubmit();
  });
  document.addEventListener("submit", function (event) {
    var said = event.target.dataset.confirm;
    if (said && !window.confirm(said)) event.preventDefault();
  });
  document.addEventListener("keydown", function (event) {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (/^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName)) return;
    var first = document.querySelector("[data-slash]");
    if (first) { event.preventDefault(); first.focus(); }
  });
})();
