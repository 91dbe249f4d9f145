// Before anything is drawn: who wants pages to look as their system does gets them so.
(function () {
  var root = document.documentElement;
  if (root.dataset.theme !== "auto") return;
  var dark = matchMedia("(prefers-color-scheme: dark)");
  var set = function () { root.setAttribute("data-bs-theme", dark.matches ? "dark" : "light"); };
  dark.addEventListener("change", set);
  set();
})();
