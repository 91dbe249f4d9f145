// Uploads: files can be dropped, what was chosen is listed and how much was sent is shown; columns can be searched.
// Everything works without it.
(function () {
  function begin() {
  var form = document.querySelector(".sources-upload");
  if (form) {
    var input = form.querySelector("input[type=file]");
    var drop = form.querySelector(".sources-drop");
    var list = form.querySelector(".sources-chosen");
    var sending = form.querySelector(".sources-sending");
    var button = form.querySelector("button[type=submit]");
    var most = Number(form.dataset.mostMb) * 1048576;
    var error = document.getElementById("upload-error");
    var size = function (bytes) {
      if (bytes < 1024) return bytes + " bytes";
      if (bytes < 1048576) return (bytes / 1024).toFixed(0) + " KB";
      return (bytes / 1048576).toFixed(1) + " MB";
    };
    var say = function (text) {
      error.firstElementChild.textContent = text;
      error.hidden = !text;
    };
    var show = function () {
      list.textContent = "";
      var large = "";
      Array.prototype.forEach.call(input.files, function (file) {
        var line = document.createElement("li");
        line.textContent = file.name + ", " + size(file.size);
        list.appendChild(line);
        if (file.size > most) large = file.name;
      });
      list.hidden = !input.files.length;
      say(large ? large + " is larger than " + form.dataset.mostMb + " MB, the most that is taken. Export a shorter time or fewer columns." : "");
      button.disabled = Boolean(large);
    };
    form.querySelector(".sources-can-drop").hidden = false;
    input.addEventListener("change", show);
    ["dragenter", "dragover"].forEach(function (name) {
      drop.addEventListener(name, function (event) { event.preventDefault(); drop.classList.add("over"); });
    });
    ["dragleave", "drop"].forEach(function (name) {
      drop.addEventListener(name, function (event) { event.preventDefault(); drop.classList.remove("over"); });
    });
    drop.addEventListener("drop", function (event) {
      if (event.dataTransfer.files.length) { input.files = event.dataTransfer.files; show(); }
    });
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      var request = new XMLHttpRequest();
      var bar = sending.querySelector("progress");
      var told = sending.querySelector("p");
      var over = function (text) { sending.hidden = true; button.disabled = false; say(text); };
      request.open("POST", form.action);
      request.upload.addEventListener("progress", function (sent) {
        if (!sent.lengthComputable) return;
        bar.value = Math.round(100 * sent.loaded / sent.total);
        told.textContent = sent.loaded < sent.total ? "Sent " + size(sent.loaded) + " of " + size(sent.total) : "Sent; being put away safely";
      });
      request.addEventListener("load", function () {
        if (request.responseURL.split("#")[0] !== form.action) { window.location.assign(request.responseURL); return; }
        var answer = new DOMParser().parseFromString(request.responseText, "text/html");
        var main = answer.getElementById("content");
        if (!main) { over("The server did not answer as it should: try again in a moment."); return; }
        var told_error = answer.getElementById("upload-error");
        if (told_error && !told_error.hidden) { over(told_error.textContent.trim()); return; }
        document.getElementById("content").replaceWith(document.adoptNode(main));
      });
      request.addEventListener("error", function () { over("The connection broke off: try again. Nothing was kept."); });
      sending.hidden = false;
      button.disabled = true;
      say("");
      request.send(new FormData(form));
    });
    show();
  }

  var filter = document.querySelector(".sources-filter");
  if (filter) {
    var text = document.getElementById("filter");
    var kind = document.getElementById("filter-kind");
    var rows = Array.prototype.slice.call(document.querySelectorAll(".sources-columns tbody tr"));
    var none = document.querySelector(".sources-none");
    filter.hidden = rows.length < 8;
    var sift = function () {
      var words = text.value.trim().toLowerCase();
      var left = 0;
      rows.forEach(function (row) {
        var fits = (!words || row.dataset.find.toLowerCase().indexOf(words) >= 0) && (!kind.value || row.hasAttribute("data-" + kind.value));
        row.hidden = !fits;
        if (fits) left += 1;
      });
      none.hidden = left > 0;
    };
    text.addEventListener("input", sift);
    kind.addEventListener("change", sift);
    text.addEventListener("keydown", function (event) { if (event.key === "Enter") event.preventDefault(); });
    // A link to a column that is filtered away shows it.
    window.addEventListener("hashchange", function () { text.value = ""; kind.value = ""; sift(); });
  }

  var mapping = document.getElementById("mapping");
  if (mapping) {
    var changes = mapping.querySelector("[data-changes]");
    var first = changes.textContent;
    var count = function () {
      var changed = 0;
      Array.prototype.forEach.call(mapping.elements, function (field) {
        if (field.tagName !== "SELECT" || !field.name) return;
        var differs = !field.options[field.selectedIndex].defaultSelected && Array.prototype.some.call(field.options, function (o) { return o.defaultSelected; });
        differs = differs || (field.selectedIndex > 0 && !Array.prototype.some.call(field.options, function (o) { return o.defaultSelected; }));
        field.classList.toggle("sources-changed", differs);
        if (differs) changed += 1;
      });
      changes.textContent = changed ? changed + (changed === 1 ? " change" : " changes") + " not saved yet" : first;
      return changed;
    };
    var sent = false;
    mapping.addEventListener("change", count);
    mapping.addEventListener("submit", function () { sent = true; });
    window.addEventListener("beforeunload", function (event) { if (!sent && count()) event.preventDefault(); });
  }
  }
  begin();
  // The page of an upload comes anew when its job has ended.
  document.addEventListener("htmx:afterSettle", function (event) { if (event.target.id === "content") begin(); });
})();
