// What pages cannot do without: the menu on a phone, and forms that send themselves. Everything works without it.
(function () {
  var fold = document.querySelector(".house-fold");
  if (fold) {
    document.documentElement.classList.add("has-js");
    var wide = window.matchMedia("(min-width: 992px)");
    if (!CSS.supports("selector(::details-content)")) { // an older browser: CSS alone cannot open it there
      var follow = function () { fold.open = wide.matches; };
      wide.addEventListener("change", follow);
      follow();
    }
    document.addEventListener("keydown", function (event) {
      if (event.key === "Escape" && fold.open && !wide.matches) { fold.open = false; fold.querySelector("summary").focus(); }
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
