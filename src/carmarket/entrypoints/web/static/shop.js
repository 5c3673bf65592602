// Addresses say only what was asked for: fields that are empty are left out of requests.
document.addEventListener("htmx:configRequest", (event) => {
  const said = event.detail.formData;
  for (const [name, value] of [...said.entries()]) {
    if (value === "") said.delete(name);
  }
});

// A list of choices that is drawn anew stays where it was scrolled to.
const scrolled = new WeakMap();
document.addEventListener("htmx:oobBeforeSwap", ({ detail }) => scrolled.set(detail.target, detail.target.scrollTop));
document.addEventListener("htmx:oobAfterSwap", ({ detail }) => {
  detail.target.scrollTop = scrolled.get(detail.target) ?? 0;
});

// With JavaScript results follow each choice: the button for those without is not needed.
document.documentElement.classList.add("follows");
