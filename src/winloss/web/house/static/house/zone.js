// Proposes the zone of the browser where a person has set none.
(function () {
  var field = document.getElementById("id_zone");
  if (!field || field.value) return;
  field.value = Intl.DateTimeFormat().resolvedOptions().timeZone || "";
  if (!field.value) { field.value = ""; return; } // one that the server does not know
  var said = document.createElement("div");
  said.className = "form-hint";
  said.textContent = "Proposed by your browser.";
  field.after(said);
})();
